import type { CreateClientConfig } from './generated/client.gen.ts';
import { Problem, problemIn } from './problem.ts';

let loggedOut: () => void = () => undefined;

/** Calls `listener` when the server no longer knows who we are. */
export function whenLoggedOut(listener: () => void): void {
  loggedOut = listener;
}

/** Requests that may bring a new log-in with their answer, e.g. the change of a password. */
const writes = new Set<Promise<Response>>();

/** What app.html asked for before the scripts were there: each answer serves once, and none outlives a write. */
function early(input: RequestInfo | URL, reads: boolean): Promise<Response> | undefined {
  if (!reads) globalThis.wakeEarly = {};
  const { [String(input)]: answer, ...rest } = globalThis.wakeEarly ?? {};
  globalThis.wakeEarly = rest;
  return answer;
}

/** `fetch` that throws a {@link Problem} for everything that is not a success. */
export async function wakeFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const reads = (init?.method ?? 'GET') === 'GET';
  const asked = (early(input, reads) ?? fetch(input, init)).catch((reason: unknown) => {
    if (reason instanceof DOMException && reason.name === 'AbortError') throw reason;
    throw new Problem('unreachable', 0);
  });
  if (!reads) {
    writes.add(asked);
    void asked.finally(() => writes.delete(asked)).catch(() => undefined);
  }
  const response = await asked;
  if (response.ok) return response;
  const problem = problemIn(response.status, await response.text());
  // A wrong password is a 401 too, but says nothing about the log-in.
  if (problem.name === 'unauthenticated') void verifyLogIn();
  throw problem;
}

/** Asks once more when no new log-in is on its way: it may have replaced the one that was refused. */
async function verifyLogIn(): Promise<void> {
  await Promise.allSettled(writes);
  const answer = await fetch('/api/me').catch(() => undefined);
  if (answer?.status === 401) loggedOut();
}

export const createClientConfig: CreateClientConfig = (config) => ({
  ...config,
  baseUrl: '',
  throwOnError: true,
  fetch: wakeFetch
});
