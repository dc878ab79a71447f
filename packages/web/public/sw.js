/**
 * Service worker: opens the page without a server. The page itself always comes from the
 * server if it answers, so that an old version never talks to a new server; files with a
 * hash in their name never change and come from the cache.
 */
const CACHE = 'parley-1';
const PAGE = '/app/';
/** The page shows it. Its name has no hash: the copy is only for a server that does not answer. */
const ICON = '/icon.svg';
/** Above this the oldest files are removed; a version of the page has a third of it. */
const FILES_MAX = 360;

self.addEventListener('install', (event) => {
  self.skipWaiting();
  event.waitUntil(storePage());
});

self.addEventListener('activate', (event) => {
  // The request for the page does not wait until the worker has started.
  event.waitUntil(
    Promise.all([self.clients.claim(), self.registration.navigationPreload?.enable()]),
  );
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (request.mode === 'navigate' && (pathname === '/' || pathname.startsWith(PAGE))) {
    event.respondWith(fetchPage(event));
  } else if (pathname.startsWith('/assets/')) event.respondWith(fetchFile(request));
  else if (pathname === ICON) event.respondWith(fetchIcon(request));
});

/** Only browsers whose pages show no notifications themselves have these. */
self.addEventListener('notificationclick', (event) => {
  const { notification } = event;
  notification.close();
  event.waitUntil(openPath(notification.data.path));
});

/** In the page that is open, whose connection and unsent messages stay; otherwise in a new one. */
async function openPath(path) {
  const pages = await self.clients.matchAll({ type: 'window' });
  const page = pages.find(({ url }) => new URL(url).pathname.startsWith(PAGE));
  if (page === undefined) return self.clients.openWindow(path);
  page.postMessage({ path });
  return page.focus();
}

/** Stores the files that the page names, then the page: a stored page is complete. */
async function storePage() {
  const cache = await caches.open(CACHE);
  const response = await fetch(PAGE, { cache: 'no-cache' });
  if (!response.ok) return;
  await Promise.all([
    cache.add(ICON),
    ...(await filesNamedBy(response.clone())).map(
      async (path) => (await cache.match(path)) ?? cache.add(path),
    ),
  ]);
  await cache.put(PAGE, response);
}

async function filesNamedBy(page) {
  const html = await page.text();
  return [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path);
}

async function fetchPage({ request, preloadResponse }) {
  try {
    const response = (await preloadResponse) ?? (await fetch(request));
    if (response.ok) {
      const cache = await caches.open(CACHE);
      await cache.put(PAGE, response.clone());
    }
    return response;
  } catch (error) {
    const stored = await caches.match(PAGE, { ignoreVary: true });
    if (stored === undefined) throw error;
    return stored;
  }
}

async function fetchIcon(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const stored = await caches.match(ICON, { ignoreVary: true });
    if (stored === undefined) throw error;
    return stored;
  }
}

async function fetchFile(request) {
  const stored = await caches.match(request, { ignoreVary: true });
  if (stored !== undefined) return stored;
  const response = await fetch(request);
  if (response.ok) {
    const cache = await caches.open(CACHE);
    await cache.put(request, response.clone());
    await removeOldest(cache);
  }
  return response;
}

/** Keys are in the order in which they were stored. The stored page keeps the files that it names. */
async function removeOldest(cache) {
  const files = (await cache.keys()).filter(({ url }) => url.includes('/assets/'));
  const surplus = files.slice(0, Math.max(0, files.length - FILES_MAX));
  if (surplus.length === 0) return;
  const page = await cache.match(PAGE, { ignoreVary: true });
  const named = page === undefined ? [] : await filesNamedBy(page);
  const old = surplus.filter(({ url }) => !named.includes(new URL(url).pathname));
  await Promise.all(old.map((request) => cache.delete(request)));
}
