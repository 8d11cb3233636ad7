import type { CreateClientConfig } from './generated/client.gen.ts';
import { Problem, problemIn } from './problem.ts';

let loggedOut: () => void = () => undefined;

/** Calls `listener` when the server no longer knows who we are. */
export function whenLoggedOut(listener: () => void): void {
  loggedOut = listener;
}

/** `fetch` that throws a {@link Problem} for everything that is not a success. */
export async function wakeFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init).catch((reason: unknown) => {
    if (reason instanceof DOMException && reason.name === 'AbortError') throw reason;
    throw new Problem('unreachable', 0);
  });
  if (response.ok) return response;
  const problem = problemIn(response.status, await response.text());
  // A wrong password is a 401 too, but says nothing about the log-in.
  if (problem.name === 'unauthenticated') loggedOut();
  throw problem;
}

export const createClientConfig: CreateClientConfig = (config) => ({
  ...config,
  baseUrl: '',
  throwOnError: true,
  fetch: wakeFetch
});
