/** Undo and redo: the states of something, newest in the middle. Pure. */
export interface History<State> {
  readonly past: readonly State[];
  readonly now: State;
  readonly future: readonly State[];
  /** What the last change was to, and when (ms): typing on goes into the same step. */
  readonly key: string;
  readonly at: number;
}

const STEP_MS = 1500;
const MOST_STEPS = 100;

export function begin<State>(now: State): History<State> {
  return { past: [], now, future: [], key: '', at: 0 };
}

/** A change to `next`. Changes with the same `key` in quick succession are one step; '' is always its own. */
export function record<State>(history: History<State>, next: State, key: string, at: number): History<State> {
  if (next === history.now) return history;
  const goesOn = key !== '' && key === history.key && at - history.at < STEP_MS;
  const past = goesOn ? history.past : [...history.past, history.now].slice(-MOST_STEPS);
  return { past, now: next, future: [], key, at };
}

export function undo<State>({ past, now, future }: History<State>): History<State> {
  const before = past.at(-1);
  if (before === undefined) return { past, now, future, key: '', at: 0 };
  return { past: past.slice(0, -1), now: before, future: [now, ...future], key: '', at: 0 };
}

export function redo<State>({ past, now, future }: History<State>): History<State> {
  const [after, ...rest] = future;
  if (after === undefined) return { past, now, future, key: '', at: 0 };
  return { past: [...past, now], now: after, future: rest, key: '', at: 0 };
}
