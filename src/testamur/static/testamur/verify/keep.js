// After one visit the page works with the network off: a worker answers from what this page loaded.

/** Name of the store; a worker of another version throws the others away. */
export const STORE = "testamur-verify-1";
const WORKER = "/verify-worker.js";

/** Keep this page and what it loaded; return true once the network is no longer needed for it. */
export async function keep() {
  if (!("serviceWorker" in navigator) || !("caches" in window)) return false;
  try {
    await Promise.all(["/verify", "/c/"].map((scope) => navigator.serviceWorker.register(WORKER, { scope })));
    const store = await caches.open(STORE);
    const loaded = performance.getEntriesByType("resource").map((entry) => new URL(entry.name));
    const mine = loaded.filter((url) => url.origin === location.origin && url.pathname.startsWith("/static/"));
    const page = await add(store, "/verify");
    const named = [...page.matchAll(/(?:src|href)="(\/static\/[^"#]+)/g)].map((match) => match[1]);
    const wanted = new Set([...mine.map((url) => url.pathname), ...named]);
    await Promise.all([...wanted].map((path) => add(store, path)));
    return true;
  } catch {
    return false;
  }
}

async function add(store, path) {
  const answer = await fetch(path, { credentials: "same-origin" });
  const text = path.startsWith("/static/") ? "" : await answer.clone().text();
  if (answer.ok) await store.put(path, answer);
  return text;
}

/** Keep a file that was fetched, so that it can be checked again later. */
export async function keepFile(path, data, type) {
  if (!("caches" in window)) return;
  const store = await caches.open(STORE);
  await store.put(path, new Response(data, { headers: { "Content-Type": type } }));
}
