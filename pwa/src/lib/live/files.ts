/** Plays a room as HLS where WebRTC finds no way, and tells the relay so: being there counts the same. */
import type { Access, Link } from './connection.ts';

export type FilesOptions = {
  /** Where the room's files are; `fresh` when the relay refused the last grant. */
  access(fresh: boolean): Promise<Access>;
  video: HTMLVideoElement;
  play(): Promise<void>;
  onlink(link: Link): void;
  onbeat(receiving: boolean): void;
};

const BEAT_MS = 1000;
const PRESENT_EVERY = 4;
const STALL_BEATS = 12;
const AGAIN_MS = 1500;

/** Whether this browser plays HLS by itself: Safari, Chromium. */
export const playsFiles = (): boolean =>
  document.createElement('video').canPlayType('application/vnd.apple.mpegurl') !== '';

export function watchFiles({ access, video, play, onlink, onbeat }: FilesOptions) {
  let closed = false;
  let refused = false;
  let current: Access | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let at = 0;
  let beats = 0;
  let still = 0;

  async function open(): Promise<void> {
    clearTimeout(again);
    try {
      const { url, token } = (current = await access(refused));
      const list = `${url}/index.m3u8?token=${encodeURIComponent(token)}`;
      const { ok, status } = await fetch(list, { cache: 'no-store' });
      refused = status === 401 || status === 403;
      if (closed) return;
      if (!ok) return later();
      video.srcObject = null;
      video.src = list;
      await play();
      onlink('connected');
    } catch {
      later();
    }
  }

  function later() {
    if (closed) return;
    onlink('reconnecting');
    clearTimeout(again);
    again = setTimeout(open, AGAIN_MS);
  }

  const timer = setInterval(() => {
    const moving = video.currentTime !== at && !video.paused;
    at = video.currentTime;
    onbeat(moving);
    still = moving ? 0 : still + 1;
    if (moving && beats++ % PRESENT_EVERY === 0) void present();
    if (still >= STALL_BEATS) {
      still = 0;
      later();
    }
  }, BEAT_MS);

  async function present(): Promise<void> {
    if (!current) return;
    const headers = { Authorization: `Bearer ${current.token}` };
    await fetch(`${current.url}/presence`, { method: 'POST', headers }).catch(() => undefined);
  }

  video.addEventListener('error', later);
  void open();

  return {
    close() {
      closed = true;
      clearInterval(timer);
      clearTimeout(again);
      video.removeEventListener('error', later);
      video.removeAttribute('src');
      video.load();
    }
  };
}
