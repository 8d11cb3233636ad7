/** A broadcast from this device: camera, publication and the room's controls together. */
import { endLiveSession, setRoom, startLiveSession } from '#lib/api/index.ts';
import type { LiveSession } from '#lib/api/index.ts';
import type { Link } from '#lib/live/connection.ts';
import { publish, type Health } from '#lib/live/publish.ts';
import type { Room } from '#lib/live/room.svelte.ts';
import { Camera } from './camera.svelte.ts';

const DEVICES = 'wake.host.devices';

export class Broadcast {
  readonly room: Room;
  readonly camera: Camera;
  link = $state<Link>('closed');
  health = $state.raw<Health>();
  busy = $state(false);
  /** What the host shows beside the camera. */
  screen = $state.raw<MediaStream>();
  #shown: ReturnType<typeof publish> | undefined;
  #publication: ReturnType<typeof publish> | undefined;
  #settle: (() => void) | undefined;

  constructor(room: Room) {
    this.room = room;
    this.camera = new Camera((stream) => void this.#publication?.use(stream));
  }

  /** The devices chosen last time, so that a reload goes on by itself. */
  prepare(): Promise<void> {
    return this.choose(
      JSON.parse(localStorage.getItem(DEVICES) ?? '{}') as { camera?: string; microphone?: string }
    );
  }

  async choose(devices: { camera?: string; microphone?: string }): Promise<void> {
    await this.camera.open(devices);
    if (this.camera.fault === 'missing' && devices.camera) await this.camera.open();
    if (!this.camera.fault) localStorage.setItem(DEVICES, JSON.stringify(devices));
  }

  async start(): Promise<void> {
    await this.#act(() => startLiveSession({ path: { session_id: this.room.id } }));
  }

  async end(): Promise<void> {
    await this.#act(() => endLiveSession({ path: { session_id: this.room.id } }));
    this.leave();
  }

  async set(body: Parameters<typeof setRoom>[0]['body']): Promise<void> {
    await setRoom({ path: { session_id: this.room.id }, body });
  }

  /** Begins to send, also again after a reload. */
  air(): void {
    const { stream } = this.camera;
    if (this.#publication || !stream) return;
    this.#publication = publish({
      stream,
      access: async (fresh) => {
        const { whip, token } = await this.room.access(fresh);
        return { url: whip ?? '', token };
      },
      onlink: (link) => (this.link = link),
      onhealth: (health) => (this.health = health)
    });
    this.#settle = this.room.onmove(() => {
      this.#publication?.move();
      this.#shown?.move();
    });
  }

  /** Asks which screen, window or tab to show, and shows it until `unshare` or the browser's own button. */
  async share(): Promise<void> {
    const screen = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: 15 }, audio: true });
    const [picture] = screen.getVideoTracks();
    if (!picture) return;
    picture.contentHint = 'detail';
    picture.addEventListener('ended', () => this.unshare());
    this.screen = screen;
    this.#shown = publish({
      stream: screen,
      access: (fresh) => this.room.seat('screen', 'whip', fresh),
      onlink: () => undefined
    });
  }

  unshare(): void {
    this.#shown?.close();
    this.#shown = undefined;
    this.screen?.getTracks().forEach((track) => track.stop());
    this.screen = undefined;
  }

  leave(): void {
    this.#settle?.();
    this.unshare();
    this.#publication?.close();
    this.#publication = undefined;
    this.camera.close();
  }

  async #act(act: () => Promise<LiveSession>): Promise<void> {
    this.busy = true;
    try {
      this.room.know(await act());
    } finally {
      this.busy = false;
    }
  }
}

export type Feeling = 'good' | 'weak' | 'bad';

/**
 * What the figures mean for the people who watch. Few bits alone mean nothing: a slide that stands still needs
 * none; but few bits and few frames mean that the line does not carry the picture.
 */
export function feeling({ kbps, lossPercent, rttMs, fps }: Health): Feeling {
  if (lossPercent > 8 || (kbps < 150 && fps < 8) || rttMs > 1200) return 'bad';
  if (lossPercent > 2 || (kbps < 400 && fps < 15) || rttMs > 400) return 'weak';
  return 'good';
}
