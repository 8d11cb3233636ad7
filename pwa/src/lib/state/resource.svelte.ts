import { untrack } from 'svelte';
import type { Problem } from '#lib/api/index.ts';
import { breathe } from '#lib/breathe.ts';
import { whenHinted, type Hint } from '#lib/hints.ts';

/** Answers of this visit: a screen that is opened again shows the last one at once and asks anew. */
const answers = new Map<string, unknown>();

export function forgetAnswers(): void {
  answers.clear();
}

/** Something asked from the server, as a screen sees it. */
export class Resource<Value> {
  data = $state.raw<Value>();
  problem = $state.raw<Problem>();
  asking = $state(false);
  #ask: () => Promise<Value>;
  #key: () => string;
  #turn = 0;

  constructor(key: () => string, ask: () => Promise<Value>) {
    this.#key = key;
    this.#ask = ask;
  }

  /** Asks again; the newest question wins. What is shown stays until the answer is here. */
  refresh = async (): Promise<void> => {
    const turn = ++this.#turn;
    const key = this.#key();
    this.asking = true;
    try {
      const answer = await this.#ask();
      answers.set(key, answer);
      if (this.data === undefined) await breathe();
      if (turn === this.#turn) this.set(answer);
    } catch (reason) {
      if (turn === this.#turn) this.problem = reason as Problem;
    } finally {
      if (turn === this.#turn) this.asking = false;
    }
  };

  /** Shows `value`, e.g. what an act answered. */
  set = (value: Value): void => {
    this.data = value;
    this.problem = undefined;
    answers.set(this.#key(), value);
  };

  /** Shows what is known for the key of the moment. */
  recall(): void {
    this.data = answers.get(this.#key()) as Value | undefined;
    this.problem = undefined;
  }
}

/**
 * A resource of the component that calls this: asked at once, again whenever `key` changes, at each of
 * `hints`, and when the network or the person comes back.
 */
export function resource<Value>(
  key: () => string,
  ask: () => Promise<Value>,
  hints: readonly Hint[] = []
): Resource<Value> {
  const made = new Resource(key, ask);
  $effect.pre(() => {
    key();
    untrack(() => {
      made.recall();
      void made.refresh();
    });
  });
  $effect(() => {
    const again = () => document.visibilityState === 'visible' && void made.refresh();
    const stop = whenHinted(hints, () => void made.refresh());
    addEventListener('online', again);
    document.addEventListener('visibilitychange', again);
    return () => {
      stop();
      removeEventListener('online', again);
      document.removeEventListener('visibilitychange', again);
    };
  });
  return made;
}
