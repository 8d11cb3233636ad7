import { tell } from '#lib/hints.ts';

let waiting = $state.raw<ServiceWorker>();

/** A new version of the app that waits to take over. */
export const update = {
  get ready(): boolean {
    return waiting !== undefined;
  },
  /** Lets the new version take over and opens the app in it. */
  take(): void {
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
    waiting?.postMessage({ type: 'SKIP_WAITING' });
  }
};

/** Registers the service worker and watches for new versions of it. */
export async function watchUpdates(): Promise<void> {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  const first = !serviceWorker.controller;
  // Undefined where a test blocks service workers.
  const registration: ServiceWorkerRegistration | undefined = await serviceWorker.register(
    '/service-worker.js',
    {
      type: import.meta.env.DEV ? 'module' : 'classic'
    }
  );
  if (!registration) return;
  // Asked once more through the new worker, so that the first visit can be opened offline too.
  if (first)
    serviceWorker.addEventListener('controllerchange', () => tell('home', 'points', 'live'), { once: true });
  const found = (worker: ServiceWorker | null) => {
    const ready = () => {
      if (worker?.state === 'installed' && serviceWorker.controller) waiting = worker;
    };
    worker?.addEventListener('statechange', ready);
    ready();
  };
  found(registration.waiting);
  registration.addEventListener('updatefound', () => found(registration.installing));
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void registration.update().catch(() => undefined);
  });
}
