/**
 * The outbox: acts are kept on the phone first and sent then, so that no network, a lost answer or a
 * closed page loses or doubles one. The page and the service worker share it.
 */
import { Problem, problemIn } from '../api/problem.ts';
import { currentEmployee, dropAct, keepAct, waitingActs, type Act } from './store.ts';

export {
  currentEmployee,
  draft,
  dropDraft,
  forgetEmployee,
  keepDraft,
  setEmployee,
  waitingActs,
  type Act
} from './store.ts';

/** How an act ended: taken by the server with its answer, or refused for good. */
export type Settled =
  | { act: Act; state: 'delivered'; answer: unknown }
  | { act: Act; state: 'refused'; problem: { name: string; status: number } };

/** What becomes of an act at once: settled, or waiting for the network. */
export type Sent<Answer> =
  { state: 'delivered'; answer: Answer } | { state: 'refused'; problem: Problem } | { state: 'waiting' };

/** Statuses that say “not now” rather than “no”. */
const NOT_NOW = new Set([401, 408, 425, 429]);
const PATIENCE_MS = 20_000;

const changes = new BroadcastChannel('wake.outbox');
const listeners = new Set<(settled: Settled | undefined) => void>();
changes.onmessage = ({ data }: MessageEvent<Settled | undefined>) => {
  for (const listener of listeners) listener(data);
};
// In Node the channel would keep the process alive; browsers have no such method.
(changes as { unref?: () => void }).unref?.();

/** Calls `listener` when an act was kept (undefined) or settled, in this page or anywhere else. */
export function whenOutboxChanges(listener: (settled: Settled | undefined) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function announce(settled?: Settled): void {
  for (const listener of listeners) listener(settled);
  changes.postMessage(settled);
}

/** Keeps an act of the logged-in employee and tries to send it. Resolves when its fate is known for now. */
export async function send<Answer>(act: Omit<Act, 'employee' | 'at'>): Promise<Sent<Answer>> {
  const employee = await currentEmployee();
  if (!employee) throw new Problem('unauthenticated', 401);
  await keepAct({ ...act, employee, at: Date.now() });
  announce();
  // In line before the service worker, which asks the same lock: the answer comes back here.
  const flushing = settledBy(flush, act.id);
  await askForSync();
  const settled = await flushing;
  if (!settled) return { state: 'waiting' };
  if (settled.state === 'delivered') return { state: 'delivered', answer: settled.answer as Answer };
  return { state: 'refused', problem: new Problem(settled.problem.name, settled.problem.status) };
}

/** What `work` or anybody else during it settled of the act `id`. */
async function settledBy(work: () => Promise<unknown>, id: string): Promise<Settled | undefined> {
  let found: Settled | undefined;
  const stop = whenOutboxChanges((settled) => {
    if (settled?.act.id === id) found = settled;
  });
  await work().finally(stop);
  return found;
}

/**
 * Sends what waits, in order, one flush at a time over all tabs and the service worker. Stops at the
 * first act that the network or the log-in holds up; an act the server fails at (5xx) stays for later.
 */
export function flush(request: typeof fetch = fetch): Promise<Settled[]> {
  return navigator.locks.request('wake.outbox', async () => {
    const employee = await currentEmployee();
    const settled: Settled[] = [];
    for (const act of employee ? await waitingActs(employee) : []) {
      if ((await currentEmployee()) !== employee) break;
      const outcome = await deliver(act, request);
      if (outcome === 'held') break;
      if (outcome === 'failed') continue;
      await dropAct(act.id);
      announce(outcome);
      settled.push(outcome);
    }
    return settled;
  });
}

async function deliver(act: Act, request: typeof fetch): Promise<Settled | 'held' | 'failed'> {
  const reply = await post(act, request).catch(() => undefined);
  if (!reply || NOT_NOW.has(reply.status)) return 'held';
  if (reply.status >= 500) return 'failed';
  if (reply.ok) return { act, state: 'delivered', answer: reply.text ? JSON.parse(reply.text) : undefined };
  return {
    act,
    state: 'refused',
    problem: { name: problemIn(reply.status, reply.text).name, status: reply.status }
  };
}

/** Rejects when the request or any part of the reply was lost; the same act is sent again then. */
async function post(act: Act, request: typeof fetch): Promise<{ ok: boolean; status: number; text: string }> {
  const response = await request(act.path, {
    method: act.method,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(act.body),
    signal: AbortSignal.timeout(PATIENCE_MS)
  });
  return { ok: response.ok, status: response.status, text: await response.text() };
}

/** Chromium sends for us when the network comes back, even with the page closed; others flush on opening. */
async function askForSync(): Promise<void> {
  const registration = await globalThis.navigator?.serviceWorker?.getRegistration();
  const sync = (registration as { sync?: { register(tag: string): Promise<void> } } | undefined)?.sync;
  await sync?.register('outbox').catch(() => undefined);
}
