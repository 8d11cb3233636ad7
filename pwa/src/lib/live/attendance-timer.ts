/** A stopwatch of milliseconds that ran, whatever happens to timers in a background tab. */
export class AttendanceTimer {
  #sum = 0;
  #since: number | undefined;
  #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get ms(): number {
    return this.#sum + (this.#since === undefined ? 0 : this.#now() - this.#since);
  }

  run(): void {
    this.#since ??= this.#now();
  }

  rest(): void {
    this.#sum = this.ms;
    this.#since = undefined;
  }
}
