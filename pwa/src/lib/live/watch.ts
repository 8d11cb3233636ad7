/** Plays one seat of a room by WHEP and notices when the picture stands still. */
import { connect, type Access, type Link } from './connection.ts';

export type WatchOptions = {
  access(fresh: boolean): Promise<Access>;
  onstream(stream: MediaStream): void;
  onlink(link: Link): void;
  /** Called about once a second; `receiving` is whether media arrived in that second. */
  onbeat?(receiving: boolean): void;
  /** The room says that the host is on air: only then is silence a fault. */
  expected(): boolean;
};

const BEAT_MS = 1000;
const STALL_BEATS = 5;

export function watch(options: WatchOptions) {
  const connection = connect({
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

  let bytes = 0;
  let silent = 0;
  const timer = setInterval(async () => {
    const pc = connection.pc;
    const now = pc ? await received(pc) : 0;
    const receiving = now > bytes;
    bytes = now;
    silent = receiving || !options.expected() ? 0 : silent + 1;
    options.onbeat?.(receiving);
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
    close
  };
}

async function received(pc: RTCPeerConnection): Promise<number> {
  let sum = 0;
  (await pc.getStats()).forEach((entry: { type: string; bytesReceived?: number }) => {
    if (entry.type === 'inbound-rtp') sum += entry.bytesReceived ?? 0;
  });
  return sum;
}
