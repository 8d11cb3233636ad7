import { backoff } from '#lib/backoff.ts';
import { currentEmployee, flush, waitingActs, whenOutboxChanges, type Act } from '#lib/outbox/index.ts';

let online = $state(true);
let waiting = $state.raw<Act[]>([]);

/** The network, and the acts that wait for it. */
export const network = {
  get online(): boolean {
    return online;
  },
  /** Acts of the logged-in employee that the server has not taken yet, oldest first. */
  get waiting(): readonly Act[] {
    return waiting;
  }
};

/** Counts the waiting acts anew. */
export async function countWaiting(): Promise<void> {
  const employee = await currentEmployee();
  waiting = employee ? await waitingActs(employee) : [];
}

/** Watches the network and empties the outbox whenever that may work; returns what ends that. */
export function watchNetwork(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const empty = async (attempt: number): Promise<void> => {
    clearTimeout(timer);
    await flush();
    await countWaiting();
    if (waiting.length && navigator.onLine)
      timer = setTimeout(() => void empty(attempt + 1), backoff(attempt));
  };
  const changed = () => {
    online = navigator.onLine;
    if (online) void empty(0);
  };
  const seen = () => document.visibilityState === 'visible' && void empty(0);
  const stop = whenOutboxChanges(() => void countWaiting());
  addEventListener('online', changed);
  addEventListener('offline', changed);
  document.addEventListener('visibilitychange', seen);
  changed();
  void countWaiting();
  return () => {
    clearTimeout(timer);
    stop();
    removeEventListener('online', changed);
    removeEventListener('offline', changed);
    document.removeEventListener('visibilitychange', seen);
  };
}
