// A device that is asked for a key may refuse: nobody confirmed, no key fits, or it is known already. The page says so.
document.addEventListener("allauth.error", (event) => {
  const said = document.getElementById("passkey-failed");
  if (!said) return;
  event.preventDefault(); // else it stands on the console, where nobody looks
  said.hidden = false;
  said.focus();
});
