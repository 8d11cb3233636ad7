/** What an author writes, and every change to it: pure. */
import type { ChoiceCard, Draft, OrderCard, SaveDraft } from '#lib/api/index.ts';
import type { Card } from '#lib/lesson/quiz.ts';

export interface Writing {
  title: string;
  summary: string;
  emoji: string;
  minutes: number;
  cards: readonly Card[];
}

export type Change =
  | { act: 'describe'; fields: Partial<Omit<Writing, 'cards'>> }
  | { act: 'add'; card: Card; after?: string }
  | { act: 'edit'; card: Card }
  | { act: 'duplicate'; id: string; copy: string }
  | { act: 'move'; id: string; to: number }
  | { act: 'remove'; id: string };

/** As many as the server takes. */
export const MOST_CARDS = 40;
export const MOST_OPTIONS = 8;

export function writingOf({ title, summary, emoji, minutes, cards }: Draft): Writing {
  return { title, summary, emoji, minutes, cards };
}

/** The writing after a change; one that does not apply leaves it as it is. */
export function changed(writing: Writing, change: Change): Writing {
  if (change.act === 'describe') return { ...writing, ...change.fields };
  const cards = changedCards(writing.cards, change);
  return cards === writing.cards ? writing : { ...writing, cards };
}

function changedCards(cards: readonly Card[], change: Exclude<Change, { act: 'describe' }>): readonly Card[] {
  if (change.act === 'add') {
    const after = cards.findIndex(({ id }) => id === change.after);
    return full(cards) ? cards : cards.toSpliced(after < 0 ? cards.length : after + 1, 0, change.card);
  }
  const place = cards.findIndex(({ id }) => id === (change.act === 'edit' ? change.card.id : change.id));
  const card = cards[place];
  if (!card) return cards;
  if (change.act === 'edit') return cards.with(place, change.card);
  if (change.act === 'remove') return cards.toSpliced(place, 1);
  if (change.act === 'duplicate')
    return full(cards) ? cards : cards.toSpliced(place + 1, 0, { ...card, id: change.copy });
  return change.to < 0 || change.to >= cards.length ? cards : moved(cards, place, change.to);
}

const full = (cards: readonly Card[]) => cards.length >= MOST_CARDS;

/** `list` with the element at `from` standing at `to`. */
export function moved<Element>(list: readonly Element[], from: number, to: number): Element[] {
  return list.toSpliced(from, 1).toSpliced(to, 0, list[from] as Element);
}

/** A choice card without option `gone`; the marks of the others stay theirs. */
export function withoutOption(card: ChoiceCard, gone: number): ChoiceCard {
  const right = (card.right ?? []).filter((n) => n !== gone).map((n) => (n > gone ? n - 1 : n));
  return { ...card, options: (card.options ?? []).toSpliced(gone, 1), right };
}

/** A choice card with option `n` marked right, or no longer; a single choice has one right option. */
export function marked(card: ChoiceCard, n: number): ChoiceCard {
  const right = card.right ?? [];
  if (!card.multiple) return { ...card, right: [n] };
  const next = right.includes(n) ? right.filter((each) => each !== n) : [...right, n];
  return { ...card, right: next.sort((a, b) => a - b) };
}

/** A choice card that allows several options, or one again: then the first mark stays. */
export function allowing(card: ChoiceCard, multiple: boolean): ChoiceCard {
  return { ...card, multiple, right: multiple ? card.right : (card.right ?? []).slice(0, 1) };
}

/** What is sent: without blank options, which the server refuses; an untitled draft gets a title. */
export function saveOf(writing: Writing, revision: number, untitled: string): SaveDraft {
  const title = writing.title.trim() || untitled;
  return { ...writing, title, revision, cards: writing.cards.map(withoutBlanks) };
}

/** A card as learners would get it now. */
export function withoutBlanks(card: Card): Card {
  if (card.kind === 'order') return { ...card, items: filled(card.items) } satisfies OrderCard;
  if (card.kind !== 'choice') return card;
  const blanks = (card.options ?? []).flatMap((option, n) => (option.trim() ? [] : [n]));
  return blanks.reduceRight(withoutOption, card);
}

const filled = (options: readonly string[] = []) => options.filter((option) => option.trim());
