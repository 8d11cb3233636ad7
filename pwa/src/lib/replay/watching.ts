/** What was really watched of a recording: never more than the time that passed, whatever the speed. */
export interface Part {
  /** Positions in milliseconds. */
  from: number;
  to: number;
}

export type Tell = (part: Part, stopped: boolean) => void;

/** A report at least so often while it runs. */
export const REPORT_MS = 20_000;
/** Clocks of media and machine differ a little; a second is not a different speed. */
const SLACK = 1.02;
const SLACK_MS = 250;

export class Watching {
  #tell: Tell;
  #now: () => number;
  #from = -1;
  #at = -1;
  #since = 0;

  constructor(tell: Tell, now: () => number = () => performance.now()) {
    this.#tell = tell;
    this.#now = now;
  }

  get running(): boolean {
    return this.#from >= 0;
  }

  /** It runs from `position` on. Running already, nothing begins anew. */
  run(position: number): void {
    if (this.running) return;
    this.#from = this.#at = position;
    this.#since = this.#now();
  }

  /** It has come to `position` by running. */
  reach(position: number): void {
    if (!this.running) return;
    this.#at = Math.max(this.#at, position);
    if (this.#now() - this.#since >= REPORT_MS) this.#report(false);
  }

  /** It was moved to somewhere else: what was watched before counts. */
  jump(position: number): void {
    if (!this.running) return;
    this.#report(false);
    this.#from = this.#at = position;
  }

  /** It stands still: paused, ended, starved or left. `stopped`: nothing follows for now. */
  rest(stopped: boolean): void {
    if (this.running) this.#report(stopped);
    this.#from = -1;
  }

  #report(stopped: boolean): void {
    const passed = this.#now() - this.#since;
    const seen = this.#at - this.#from;
    const counts = seen <= passed * SLACK + SLACK_MS ? seen : passed;
    const part = { from: Math.floor(this.#from), to: Math.floor(this.#from + counts) };
    if (part.to > part.from) this.#tell(part, stopped);
    this.#from = this.#at;
    this.#since = this.#now();
  }
}
