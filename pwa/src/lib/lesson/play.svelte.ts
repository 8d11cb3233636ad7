import { SvelteMap } from 'svelte/reactivity';
import type { CompleteLesson, Completion, KeepProgress, Lesson } from '#lib/api/index.ts';
import { nowText } from '#lib/clock.ts';
import { uuid7 } from '#lib/ids.ts';
import { Problem } from '#lib/api/index.ts';
import { draft, dropDraft, keepDraft, send, whenOutboxChanges, type Sent } from '#lib/outbox/index.ts';
import { answersOf, isQuiz, isRight, reachOf, type Card } from './quiz.ts';

interface Kept {
  version: number;
  index: number;
  answers: [string, number[]][];
}

/** A lesson being taken: where one is, what one answered, what the server has of it. */
export class Play {
  readonly lesson: Lesson;
  index = $state(0);
  readonly answers = new SvelteMap<string, number[]>();
  outcome = $state.raw<Sent<Completion>>();
  finishing = $state(false);
  #began = performance.now();

  private constructor(lesson: Lesson) {
    this.lesson = lesson;
  }

  /** Goes on where this device or, with more, another one stopped. A finished lesson begins anew. */
  static async open(lesson: Lesson): Promise<Play> {
    const play = new Play(lesson);
    const kept = await draft<Kept>(play.#key);
    const { progress } = lesson;
    if (progress.state === 'started' && progress.version === lesson.version)
      play.#resume(
        progress.card,
        progress.answers.map(({ card, chosen }) => [card, chosen])
      );
    if (kept?.version === lesson.version) play.#resume(kept.index, kept.answers);
    return play;
  }

  get cards(): readonly Card[] {
    return this.lesson.cards;
  }

  /** The last card that may be shown now. */
  get reach(): number {
    return reachOf(this.cards, this.answers);
  }

  get last(): boolean {
    return this.index >= this.cards.length - 1;
  }

  /** The question on this card is still open. */
  get blocked(): boolean {
    const card = this.cards[this.index];
    return card !== undefined && isQuiz(card) && !this.answers.has(card.id);
  }

  answer(card: Card, chosen: number[]): void {
    if (!isQuiz(card) || this.answers.has(card.id)) return;
    // A copy: a component's own state cannot be kept in IndexedDB.
    this.answers.set(card.id, [...chosen]);
    navigator.vibrate?.(isRight(card, chosen) ? 12 : [20, 60, 20]);
    void this.#keep();
  }

  /** Moves to a card; the farthest one is told to the server. */
  show(index: number): void {
    const next = Math.max(0, Math.min(index, this.reach));
    if (next === this.index) return;
    this.index = next;
    void this.#keep();
  }

  async finish(): Promise<void> {
    this.finishing = true;
    const body: CompleteLesson = {
      id: uuid7(),
      version: this.lesson.version,
      answers: answersOf(this.answers),
      durationMs: Math.round(performance.now() - this.#began),
      occurredAt: nowText()
    };
    this.outcome = await send<Completion>({
      id: body.id,
      kind: 'lesson-completion',
      method: 'POST',
      path: `/api/lessons/${this.lesson.id}/completions`,
      body
    });
    if (this.outcome.state === 'waiting') this.#await(body.id);
    await dropDraft(this.#key);
    this.finishing = false;
  }

  /** The network came back while the end of the lesson is still on the screen. */
  #await(id: string): void {
    const stop = whenOutboxChanges((settled) => {
      if (settled?.act.id !== id) return;
      stop();
      this.outcome =
        settled.state === 'delivered'
          ? { state: 'delivered', answer: settled.answer as Completion }
          : { state: 'refused', problem: new Problem(settled.problem.name, settled.problem.status) };
    });
  }

  get #key(): string {
    return `lesson.${this.lesson.id}`;
  }

  #resume(index: number, answers: readonly (readonly [string, number[]])[]): void {
    for (const [card, chosen] of answers) this.answers.set(card, chosen);
    this.index = Math.max(this.index, Math.min(index, this.reach));
  }

  async #keep(): Promise<void> {
    const { lesson, index } = this;
    await keepDraft(this.#key, { version: lesson.version, index, answers: [...this.answers] } satisfies Kept);
    const body: KeepProgress = {
      id: uuid7(),
      version: lesson.version,
      card: index,
      answers: answersOf(this.answers),
      occurredAt: nowText()
    };
    await send({
      id: body.id,
      kind: 'lesson-progress',
      method: 'PUT',
      path: `/api/lessons/${lesson.id}/progress`,
      body,
      slot: `lesson-progress ${lesson.id}`
    });
  }
}
