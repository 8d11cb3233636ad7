/// <reference lib="webworker" />
import { version } from '$app/env';
import { assets, immutable } from '$app/manifest';
import { self as worker } from '$app/service-worker';
import { currentEmployee, flush } from '#lib/outbox/index.ts';
import { clientsClaim } from 'workbox-core';
import { ExpirationPlugin } from 'workbox-expiration';
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute, type RouteHandlerCallback } from 'workbox-routing';
import { CacheFirst, NetworkFirst, type Strategy } from 'workbox-strategies';

const WEEK_S = 7 * 24 * 3600;
const absolute = (path: string) => '/' + path.replace(/^\//, '');

precacheAndRoute([
  ...immutable.map(({ path }) => ({ url: absolute(path), revision: null })),
  ...assets.map(({ path }) => ({ url: absolute(path), revision: version })),
  { url: '/200.html', revision: version }
]);
cleanupOutdatedCaches();
clientsClaim();
registerRoute(new NavigationRoute(createHandlerBoundToURL('/200.html'), { denylist: [/^\/api\//] }));

const kept = new Map<string, Strategy>();

/** A strategy with a cache of the logged-in employee's own, so that nobody is answered with another's. */
function own(make: (cacheName: string) => Strategy, area: string): RouteHandlerCallback {
  return async ({ event, request }) => {
    const employee = await currentEmployee();
    if (!employee) return fetch(request);
    const name = `wake.of.${area}.${employee}`;
    if (!kept.has(name)) kept.set(name, make(name));
    return (kept.get(name) as Strategy).handle({ event: event as ExtendableEvent, request });
  };
}

const answers = own(
  (cacheName) =>
    new NetworkFirst({
      cacheName,
      networkTimeoutSeconds: 4,
      plugins: [new ExpirationPlugin({ maxEntries: 200, maxAgeSeconds: WEEK_S })]
    }),
  'answers'
);

const files = own(
  (cacheName) =>
    new CacheFirst({
      cacheName,
      plugins: [new ExpirationPlugin({ maxEntries: 120, maxAgeSeconds: 4 * WEEK_S, purgeOnQuotaError: true })]
    }),
  'files'
);

/** What only makes sense now: the server's health, sockets, and what a room says. */
const PASSING = /^\/api\/(health|ws|media|openapi|live-sessions\/[^/]+\/(events|viewers))/;

registerRoute(
  ({ url, request }) => url.pathname.startsWith('/api/files/') && request.destination === 'image',
  files
);
registerRoute(
  ({ url, sameOrigin }) =>
    sameOrigin &&
    url.pathname.startsWith('/api/') &&
    !url.pathname.startsWith('/api/files/') &&
    !PASSING.test(url.pathname),
  answers
);

worker.addEventListener('message', ({ data }) => {
  if (data?.type === 'SKIP_WAITING') void worker.skipWaiting();
});

worker.addEventListener('sync', (event) => {
  const { tag, waitUntil } = event as ExtendableEvent & { tag: string };
  if (tag === 'outbox') waitUntil.call(event, flush());
});
