/** Why a request did not succeed, as the server tells it (RFC 9457) or as the network does. */
export class Problem extends Error {
  /** The last part of the problem's type, e.g. `trace-conflict`; a key of the `problems` catalogue. */
  override readonly name: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** Members of the problem document, e.g. `errors` of a refused form. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(name: string, status: number, members: Record<string, unknown> = {}) {
    super(`${status} ${name}`);
    this.name = name;
    this.status = status;
    this.members = members;
  }

  /** The request did not reach the server, or the answer did not reach us. */
  get unreachable(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

/** What the body of a failed response says; one that is no problem document still has its status. */
export function problemIn(status: number, text: string): Problem {
  if (!text.startsWith('{')) return new Problem('unknown', status);
  const members = JSON.parse(text) as Record<string, unknown>;
  const name = typeof members.type === 'string' ? members.type.split('/').pop() : '';
  return new Problem(name || 'unknown', status, members);
}
