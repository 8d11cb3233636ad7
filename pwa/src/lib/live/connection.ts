/** Keeps one WebRTC connection alive: connects, notices silence, connects again with growing pauses. */
import { exchange, type Resource } from './sdp-exchange.ts';

export type Link = 'connecting' | 'connected' | 'reconnecting' | 'closed';
export type Access = { url: string; token: string };

export type ConnectionOptions = {
  /** Asked before every attempt; `fresh` when the last one led nowhere. May throw while offline. */
  access(fresh: boolean): Promise<Access>;
  /** Adds transceivers or tracks to the fresh connection. */
  prepare(pc: RTCPeerConnection): void;
  onlink(link: Link): void;
  /** Every time a relay has answered. */
  onresource?(resource: Resource): void;
};

const SETTLE_MS = 2000; // "disconnected" often heals by itself: a lift, a hand-over between cells
const ATTEMPT_MS = 8000;
/** Without a way after so long a first attempt gives up and goes by the servers the relay has just named. */
const DIRECT_MS = 3000;
const PAUSES_MS = [0, 500, 1000, 2000];
const LONGEST_MS = 2000;
/** Those whom a relay leaves all at once come to the next one within so long. */
const MOVE_MS = 1000;

/** Milliseconds before try number `attempt` (from 0), three seconds at most: at once, then slower; up to half more by chance, so that a room does not come back in one moment. */
export function pause(attempt: number, random: () => number = Math.random): number {
  return (PAUSES_MS[attempt] ?? LONGEST_MS) * (1 + random() / 2);
}

/** The relay's TURN servers as it last named them. A connection gathers their candidates beside its own and takes them only when nothing else leads there. */
let known: RTCIceServer[] = [];

export function connect(options: ConnectionOptions) {
  let pc: RTCPeerConnection | null = null;
  let resource: Resource | null = null;
  let attempt = 0;
  let failed = false;
  let closed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let abort = new AbortController();

  const tell = (link: Link) => {
    if (!closed) options.onlink(link);
  };

  async function open(): Promise<void> {
    abort = new AbortController();
    const { signal } = abort;
    timer = setTimeout(again, ATTEMPT_MS, 0); // it has taken longer than any pause
    try {
      const access = await options.access(failed);
      if (signal.aborted) return;
      drop();
      const direct = !known.length;
      const next = (pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers: known }));
      options.prepare(next);
      next.onconnectionstatechange = () => hear(next);
      const made = await exchange(next, access.url, access.token, signal);
      if (signal.aborted) return made.close();
      resource = made;
      options.onresource?.(made);
      known = made.servers;
      if (direct && known.length && next.connectionState !== 'connected') {
        clearTimeout(timer);
        timer = setTimeout(again, DIRECT_MS, 0);
      }
      failed = false;
      listen(next);
    } catch {
      if (signal.aborted) return;
      // A refusal is no end: who was removed hears it from the room, all others get a new grant. A relay that
      // does not answer may be gone: the room says where the next one is.
      failed = true;
      again();
    }
  }

  function hear(subject: RTCPeerConnection) {
    if (subject !== pc || closed) return;
    const { connectionState: state } = subject;
    if (state === 'connected') {
      clearTimeout(timer);
      attempt = 0;
      tell('connected');
    } else if (state === 'disconnected') {
      tell('reconnecting');
      clearTimeout(timer);
      timer = setTimeout(again, SETTLE_MS);
    } else if (state === 'failed') again();
  }

  /** A relay that hangs up closes DTLS at once; the connection's own state would notice seconds later, or never. */
  function listen(subject: RTCPeerConnection) {
    const [first] = subject.getTransceivers();
    const transport = first?.receiver.transport ?? first?.sender.transport;
    transport?.addEventListener('statechange', () => {
      if (subject === pc && transport.state === 'closed' && subject.connectionState !== 'closed') again();
    });
  }

  function again(wait = pause(attempt++)) {
    if (closed) return;
    clearTimeout(timer);
    abort.abort();
    // What the old line still says must not disturb the next attempt; its last picture stays.
    if (pc) pc.onconnectionstatechange = null;
    tell('reconnecting');
    timer = setTimeout(open, wait);
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
    get resource() {
      return resource;
    },
    /** Connects anew, for example because media stalled. */
    restart: () => again(),
    /** Leaves for another relay, at a moment of its own. */
    move: () => again(Math.random() * MOVE_MS),
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
