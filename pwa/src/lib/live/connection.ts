/** Keeps one WebRTC connection alive: connects, notices silence, connects again with growing pauses. */
import { ExchangeRefused, exchange, type Resource } from './sdp-exchange.ts';

export type Link = 'connecting' | 'connected' | 'reconnecting' | 'refused' | 'closed';
export type Access = { url: string; token: string };

export type ConnectionOptions = {
  /** Asked before every attempt, so a grant is never stale. May throw while offline. */
  access(): Promise<Access>;
  /** Adds transceivers or tracks to the fresh connection. */
  prepare(pc: RTCPeerConnection): void;
  onlink(link: Link): void;
};

const SETTLE_MS = 2000; // "disconnected" often heals by itself: a lift, a hand-over between cells
const ATTEMPT_MS = 8000;
const PAUSES_MS = [0, 500, 1000, 2000, 3000];

export function connect(options: ConnectionOptions) {
  let pc: RTCPeerConnection | null = null;
  let resource: Resource | null = null;
  let attempt = 0;
  let closed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let abort = new AbortController();

  const tell = (link: Link) => {
    if (!closed) options.onlink(link);
  };

  async function open() {
    abort.abort();
    abort = new AbortController();
    const { signal } = abort;
    const limit = setTimeout(() => again(), ATTEMPT_MS);
    signal.addEventListener('abort', () => clearTimeout(limit));
    try {
      const access = await options.access();
      if (signal.aborted) return;
      const next = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
      drop();
      pc = next;
      options.prepare(next);
      next.onconnectionstatechange = () => watch(next, limit);
      const made = await exchange(next, access.url, access.token, signal);
      if (signal.aborted) made.close();
      else resource = made;
    } catch (reason) {
      if (signal.aborted || closed) return;
      clearTimeout(limit);
      if (
        reason instanceof ExchangeRefused &&
        (reason.status === 401 || reason.status === 403) &&
        attempt > 1
      ) {
        tell('refused');
        return;
      }
      again();
    }
  }

  function watch(subject: RTCPeerConnection, limit: ReturnType<typeof setTimeout>) {
    if (subject !== pc || closed) return;
    clearTimeout(timer);
    if (subject.connectionState === 'connected') {
      clearTimeout(limit);
      attempt = 0;
      tell('connected');
    } else if (subject.connectionState === 'disconnected') {
      tell('reconnecting');
      timer = setTimeout(again, SETTLE_MS);
    } else if (subject.connectionState === 'failed') again();
  }

  function again() {
    if (closed) return;
    clearTimeout(timer);
    abort.abort();
    tell(attempt === 0 && pc === null ? 'connecting' : 'reconnecting');
    const pause = PAUSES_MS[Math.min(attempt++, PAUSES_MS.length - 1)] ?? 3000;
    timer = setTimeout(open, pause);
  }

  function drop() {
    // The relay replaces the earlier stay of the same person and device: no DELETE on a dead line.
    pc?.close();
    pc = null;
    resource = null;
  }

  const online = () => {
    if (pc?.connectionState === 'connected') return;
    attempt = 0;
    again();
  };
  addEventListener('online', online);
  tell('connecting');
  void open();

  return {
    get pc() {
      return pc;
    },
    /** Connects anew, for example because media stalled. */
    restart: again,
    close() {
      if (closed) return;
      tell('closed');
      closed = true;
      clearTimeout(timer);
      abort.abort();
      removeEventListener('online', online);
      if (resource) resource.close();
      else pc?.close();
    }
  };
}

export type Connection = ReturnType<typeof connect>;
