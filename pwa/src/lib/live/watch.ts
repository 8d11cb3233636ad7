/** Plays one seat of a room by WHEP and notices when the picture stands still. */
import { connect, type Access, type Link } from './connection.ts';
import type { Wish } from './sdp-exchange.ts';

export type WatchOptions = {
  access(fresh: boolean): Promise<Access>;
  onstream(stream: MediaStream): void;
  onlink(link: Link): void;
  /** Called about once a second; `receiving` is whether media arrived in that second, `soundOnly` whether no picture has for some. */
  onbeat?(receiving: boolean, soundOnly: boolean): void;
  /** The picture wished at the beginning. */
  wish: Wish;
  /** The room says that the host is on air: only then is silence a fault. */
  expected(): boolean;
};

const BEAT_MS = 1000;
const STALL_BEATS = 5;
const BLIND_BEATS = 3;

export function watch(options: WatchOptions) {
  let wish = options.wish;
  const connection = connect({
    onresource: (resource) => wish === 'auto' || resource.wish(wish),
    access: options.access,
    onlink: options.onlink,
    prepare(pc) {
      const stream = new MediaStream();
      pc.addTransceiver('audio', { direction: 'recvonly' });
      pc.addTransceiver('video', { direction: 'recvonly' });
      pc.ontrack = ({ track }) => {
        stream.addTrack(track);
        options.onstream(stream);
      };
    }
  });

  let before = { bytes: 0, picture: 0 };
  let silent = 0;
  let blind = 0;
  const timer = setInterval(async () => {
    const pc = connection.pc;
    const now = pc ? await received(pc) : { bytes: 0, picture: 0 };
    const receiving = now.bytes > before.bytes;
    blind = receiving && now.picture === before.picture ? blind + 1 : 0;
    before = now;
    silent = receiving || !options.expected() ? 0 : silent + 1;
    options.onbeat?.(receiving, blind >= BLIND_BEATS);
    // "closed" without our doing: some phones end connections of a page that slept.
    if (silent >= STALL_BEATS && (pc?.connectionState === 'connected' || pc?.connectionState === 'closed')) {
      silent = 0;
      connection.restart();
    }
  }, BEAT_MS);

  function close() {
    clearInterval(timer);
    removeEventListener('pagehide', left);
    connection.close();
  }
  // Says goodbye when the page is closed; a page that is only put aside (back/forward cache) keeps its place.
  const left = (event: PageTransitionEvent) => event.persisted || close();
  addEventListener('pagehide', left);

  return {
    get pc() {
      return connection.pc;
    },
    move: connection.move,
    wish(next: Wish) {
      wish = next;
      connection.resource?.wish(next);
    },
    close
  };
}

/** Bytes of all that has come, and of its picture. */
async function received(pc: RTCPeerConnection) {
  const sum = { bytes: 0, picture: 0 };
  (await pc.getStats()).forEach((entry: { type: string; kind?: string; bytesReceived?: number }) => {
    if (entry.type !== 'inbound-rtp') return;
    sum.bytes += entry.bytesReceived ?? 0;
    if (entry.kind === 'video') sum.picture += entry.bytesReceived ?? 0;
  });
  return sum;
}
