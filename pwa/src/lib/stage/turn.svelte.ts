/** My turn on the stage: the camera that I consent to show, and its publication on the seat that I am given. */
import { changeMySeat, leaveStage, takeSeat } from '#lib/api/index.ts';
import { Camera } from '#lib/host/camera.svelte.ts';
import type { Link } from '#lib/live/connection.ts';
import { publish } from '#lib/live/publish.ts';
import type { Room } from '#lib/live/room.svelte.ts';

/** Which room's stage this tab is on: after a reload it goes on, and a second device stays out of it. */
const HERE = 'wake.stage';

export class Turn {
  readonly room: Room;
  readonly camera: Camera;
  link = $state<Link>('closed');
  /** This tab, and no other device of mine, is on the stage. */
  here = $state(false);
  #publication: ReturnType<typeof publish> | undefined;
  #settle: (() => void) | undefined;

  constructor(room: Room) {
    this.room = room;
    this.camera = new Camera((stream) => void this.#publication?.use(stream));
    // Says goodbye when the page is closed: nobody looks at a face that stands still.
    addEventListener('pagehide', (event) => event.persisted || this.leave());
    this.here = sessionStorage.getItem(HERE) === room.id;
  }

  /** I consent. Rejects when the invitation is gone or the stage is full. */
  async comeUp(): Promise<void> {
    const body = { microphone: this.camera.microphoneOn };
    const member = await takeSeat({ path: { session_id: this.room.id }, body });
    sessionStorage.setItem(HERE, this.room.id);
    this.here = true;
    this.room.hear(member);
  }

  /** Declines, or leaves the stage. */
  async goDown(): Promise<void> {
    await leaveStage({ path: { session_id: this.room.id } });
    this.stop();
  }

  /** Begins to send from this device, also again after a reload. */
  async air(): Promise<void> {
    const seat = this.room.mine?.seat;
    if (!this.camera.stream && !this.camera.asking) await this.camera.open();
    const { stream } = this.camera;
    if (!seat || !stream || this.#publication || !this.here) return;
    this.#publication = publish({
      stream,
      access: (fresh) => this.room.seat(seat, 'whip', fresh),
      onlink: (link) => (this.link = link)
    });
    this.#settle = this.room.onmove(() => this.#publication?.move());
  }

  /** Turns the microphone on or off, and says so. */
  async setMicrophone(on: boolean): Promise<void> {
    if (this.camera.microphoneOn !== on) this.camera.toggleMicrophone();
    if (this.room.mine?.state === 'on')
      await changeMySeat({ path: { session_id: this.room.id }, body: { microphone: on } });
  }

  /** Off the stage: nothing is sent, the camera's light goes out. */
  stop(): void {
    this.leave();
    this.here = false;
    sessionStorage.removeItem(HERE);
  }

  /** The page goes, the turn does not: a reload goes on with it. */
  leave(): void {
    this.#settle?.();
    this.#publication?.close();
    this.#publication = undefined;
    this.camera.close();
  }
}
