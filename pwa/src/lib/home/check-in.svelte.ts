import type { CheckIn, CheckInStatus, CheckInToday, Question } from '#lib/api/index.ts';
import { uuid7 } from '#lib/ids.ts';
import { draft, dropDraft, keepDraft, send, whenOutboxChanges } from '#lib/outbox/index.ts';
import { network } from '#lib/state/network.svelte.ts';
import { todayOf, type Today } from './today.ts';

const KIND = 'check-in';
const HELD = 'check-in.held';
const TICK_MS = 20_000;

/** What may be answered to the question of the day. */
export type Answer = Pick<CheckInToday, 'mood' | 'answer' | 'choice'>;

/**
 * The daily check-in of the screen that makes one. One tap is enough: with a question of the day the act
 * is held on the device until it is answered or skipped, and sent without an answer when the app is left.
 */
export class DailyCheckIn {
  /** The server's last answer of this visit. */
  answer = $state.raw<CheckIn>();
  /** The check-in on its way: being asked about, or being sent. */
  held = $state.raw<CheckInToday>();
  /** The question that came with the tap, and whether it is being asked. */
  question = $state.raw<Question>();
  asking = $state(false);
  #now = $state.raw(new Date());
  #status: () => CheckInStatus;

  constructor(status: () => CheckInStatus) {
    this.#status = status;
  }

  get today(): Today {
    const waiting = network.waiting
      .filter(({ kind }) => kind === KIND)
      .map(({ body }) => body as CheckInToday);
    const acts = this.held ? [...waiting, this.held] : waiting;
    const today = todayOf(
      answered(this.#status(), this.answer),
      this.#now,
      acts.map(({ occurredAt }) => occurredAt)
    );
    // On its way is not yet waiting: only what could not be sent is said to wait.
    return { ...today, waiting: today.waiting && !this.held };
  }

  /** Checks in. Nothing to wait for: the card shows it at once. */
  async tap(): Promise<void> {
    const { question, contact } = this.#status();
    const act: CheckInToday = { id: uuid7(), occurredAt: new Date().toISOString(), contact };
    navigator.vibrate?.(12);
    this.#now = new Date();
    this.held = act;
    this.question = question ?? undefined;
    this.asking = question !== null;
    if (question) await keepDraft(HELD, act);
    else await this.release({});
  }

  /** Sends the held check-in with an answer, or without one. */
  async release(answer: Answer): Promise<void> {
    const act = this.held ?? (await draft<CheckInToday>(HELD));
    if (!act) return;
    // The outbox counts it from here on; until then it stays shown as held.
    const sent = send({
      id: act.id,
      kind: KIND,
      method: 'POST',
      path: '/api/check-ins',
      body: { ...act, ...answer }
    });
    await dropDraft(HELD);
    await sent.finally(() => (this.held = undefined));
  }

  /** Follows the outbox and the clock; returns what ends that. */
  watch(): () => void {
    const stop = whenOutboxChanges((settled) => {
      if (settled?.act.kind !== KIND) return;
      this.held = undefined;
      if (settled.state === 'delivered') this.answer = settled.answer as CheckIn;
    });
    const left = () => document.visibilityState === 'hidden' && this.held && void this.release({});
    const clock = setInterval(() => (this.#now = new Date()), TICK_MS);
    document.addEventListener('visibilitychange', left);
    void this.release({});
    return () => {
      stop();
      clearInterval(clock);
      document.removeEventListener('visibilitychange', left);
    };
  }
}

/** The status with what the server answered since. */
function answered(status: CheckInStatus, answer: CheckIn | undefined): CheckInStatus {
  if (!answer || status.done || answer.day < status.day) return status;
  return { ...status, day: answer.day, done: true, streak: answer.streak };
}
