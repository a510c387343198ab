// A QR code on a paper, read by the browser from the camera or from a picture that is chosen. Browsers that read codes
// themselves do it; the others load a reader when it is first needed. What a code says is shown, never believed: it leads
// to the page of a record here, or to the form that asks by number.

const box = document.querySelector("[data-code]");
const view = box?.querySelector("[data-code-view]");
const place = box?.querySelector("[data-code-answer]");
/** Longest side of a picture that is looked at, pixels; a photograph holds far more than its code needs. */
const SIDE_MOST = 1600;
/** Milliseconds between two looks at the camera. */
const PAUSE = 200;

let stream = null;
let reader = null;

function say(what, text) {
  const said = box.querySelector(`[data-code-says="${what}"]`).content.cloneNode(true);
  for (const element of said.querySelectorAll("[data-code-text]")) element.textContent = text;
  for (const link of said.querySelectorAll("[data-code-ask]")) if (text && text.length <= 120) link.href = `${box.dataset.codeNumber}?number=${encodeURIComponent(text)}`;
  place.replaceChildren(said);
}

/** Return a function from a canvas to the text of the code in it, null where there is none. */
async function reading() {
  if (reader) return reader;
  if ("BarcodeDetector" in window && (await BarcodeDetector.getSupportedFormats()).includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    reader = async (canvas) => (await detector.detect(canvas))[0]?.rawValue ?? null;
  } else {
    const { default: decode } = await import(box.dataset.codeReader);
    reader = async (canvas) => {
      const { width, height } = canvas;
      try {
        return decode({ width, height, data: canvas.getContext("2d").getImageData(0, 0, width, height).data });
      } catch {
        return null; // it throws where there is no code, and where one cannot be made out
      }
    };
  }
  return reader;
}

function drawn(source, width, height) {
  const scale = Math.min(1, SIDE_MOST / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.getContext("2d", { willReadFrequently: true }).drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** Follow a code that leads to a record here; say of every other one what it says. */
function follow(text) {
  let address = null;
  try {
    address = new URL(text);
  } catch {
    return say("number", text);
  }
  const here = [location.host, box.dataset.codeHost].includes(address.host);
  if (here && /^\/(c|acc)\/[0-9A-Za-z]{10}$/.test(address.pathname)) {
    location.assign(address.pathname + address.search + address.hash);
  } else if (["http:", "https:"].includes(address.protocol)) {
    say("elsewhere", text);
  } else {
    say("number", text);
  }
}

async function picture(file) {
  say("reading");
  let image;
  try {
    image = await createImageBitmap(file);
  } catch {
    return say("no-picture");
  }
  const text = await (await reading())(drawn(image, image.width, image.height));
  image.close();
  return text ? follow(text) : say("none");
}

function stop() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  view.hidden = true;
  box.querySelector("[data-code-stop]").hidden = true;
  box.querySelector("[data-code-start]").hidden = false;
}

async function start() {
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    return say("no-camera");
  }
  view.srcObject = stream;
  view.hidden = false;
  box.querySelector("[data-code-start]").hidden = true;
  box.querySelector("[data-code-stop]").hidden = false;
  say("looking");
  await view.play();
  const read = await reading();
  while (stream) {
    if (view.videoWidth) {
      const text = await read(drawn(view, view.videoWidth, view.videoHeight));
      if (text) {
        stop();
        return follow(text);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

if (box) {
  box.hidden = false;
  for (const plain of document.querySelectorAll("[data-code-plain]")) plain.hidden = true;
  box.querySelector("[data-code-picture]").addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (file) picture(file);
  });
  if (navigator.mediaDevices?.getUserMedia) {
    const button = box.querySelector("[data-code-start]");
    button.hidden = false;
    button.addEventListener("click", start);
    box.querySelector("[data-code-stop]").addEventListener("click", stop);
    addEventListener("pagehide", () => stream && stop());
  }
}
