// Answers for the verifier's page when the network does not. The network is asked first, so a newer page is never
// hidden behind an older one; what signed-in people see is never kept.

const STORE = "testamur-verify-1";

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("testamur-verify-") && name !== STORE).map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  event.respondWith(answer(event.request, url));
});

async function answer(request, url) {
  try {
    return await fetch(request);
  } catch (error) {
    const store = await caches.open(STORE);
    // The address on a paper still opens: as the page that checks a file, which says that there is no network.
    const find = (path) => store.match(path, { ignoreVary: true });
    const kept = (await find(url.pathname)) ?? (request.mode === "navigate" ? await find("/verify") : undefined);
    if (kept) return kept;
    throw error;
  }
}
