// Keeps what the try-it page has loaded, so that it opens again without a network.
//
// It serves the try-it pages of both languages and nothing else of the site. The runtime lies in a
// folder named by its content, so what is kept of it is right for ever; everything else is asked for
// first, and taken from what was kept only where there is no network.
const CACHE = "bankservice-try-it-RUNTIME";
const OURS = "bankservice-try-it-";

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith(OURS) && name !== CACHE);
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(old(names).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  const forEver = address.pathname.includes("/try-it/run-");
  event.respondWith(forEver ? kept(request) : asked(request));
});

// What the page loaded before this worker was there is named by the page, and kept afterwards.
self.addEventListener("message", (event) => {
  const keep = async () => {
    const cache = await caches.open(CACHE);
    const keepOne = async (address) => {
      if (await cache.match(address)) return;
      const response = await fetch(address);
      if (response.ok) await cache.put(address, response);
    };
    const done = await Promise.allSettled(event.data.keep.map(keepOne));
    event.ports[0].postMessage(done.every(({ status }) => status === "fulfilled"));
  };
  event.waitUntil(keep());
});

async function kept(request) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(request.url);
  if (found) return found;
  const response = await fetch(request);
  if (response.ok) await cache.put(request.url, response.clone());
  return response;
}

async function asked(request) {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(request.url, response.clone());
    return response;
  } catch (error) {
    const found = await cache.match(request.url);
    if (found) return found;
    throw error;
  }
}
