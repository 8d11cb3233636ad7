/** Right or wrong, and where a learner may go: pure decisions of the lesson player. */
import type { Answer, ChoiceCard, Lesson, OrderCard } from '#lib/api/index.ts';

export type Card = Lesson['cards'][number];
export type QuizCard = ChoiceCard | OrderCard;

export function isQuiz(card: Card): card is QuizCard {
  return card.kind === 'choice' || card.kind === 'order';
}

/** Whether `chosen` is right: the same options in any order, or all items in their order. */
export function isRight(card: QuizCard, chosen: readonly number[]): boolean {
  if (card.kind === 'order')
    return chosen.length === (card.items ?? []).length && chosen.every((item, place) => item === place);
  const right = new Set(card.right ?? []);
  return chosen.length === right.size && chosen.every((option) => right.has(option));
}

/** The last card that may be shown: a question has to be answered before the next card. */
export function reachOf(cards: readonly Card[], answers: ReadonlyMap<string, readonly number[]>): number {
  const open = cards.findIndex((card) => isQuiz(card) && !answers.has(card.id));
  return open < 0 ? cards.length - 1 : open;
}

export function answersOf(answers: ReadonlyMap<string, readonly number[]>): Answer[] {
  return [...answers].map(([card, chosen]) => ({ card, chosen: [...chosen] }));
}

/** The places 0…n−1 in an order that looks shuffled, is the same for the same card, and is not the solution. */
export function shuffled(count: number, seed: string): number[] {
  let state = [...seed].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0, 7);
  const places = Array.from({ length: count }, (_, place) => place);
  for (let last = count - 1; last > 0; last--) {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    const other = Math.floor((state / 2 ** 32) * (last + 1));
    [places[last], places[other]] = [places[other] ?? 0, places[last] ?? 0];
  }
  const solved = places.every((item, place) => item === place);
  return solved && count > 1 ? [...places.slice(1), places[0] ?? 0] : places;
}
