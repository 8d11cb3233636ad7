/** What keeps a lesson from being published: the server's rules, told while one writes. Pure. */
import type { ChoiceCard } from '#lib/api/index.ts';
import type { Card } from '#lib/lesson/quiz.ts';

export type Why =
  | 'no-cards'
  | 'same-card-twice'
  | 'empty-text'
  | 'no-file'
  | 'unknown-file'
  | 'no-alt'
  | 'no-question'
  | 'too-few-options'
  | 'same-option-twice'
  | 'no-right-option'
  | 'unknown-option'
  | 'two-right-options'
  | 'empty-side';

/** `card` is null when it is about the whole lesson. */
export interface Fault {
  card: string | null;
  why: Why;
}

/** All faults, in the order of the cards. Whether a file is known only the server can tell. */
export function faults(cards: readonly Card[]): Fault[] {
  if (cards.length === 0) return [{ card: null, why: 'no-cards' }];
  return cards.flatMap((card) => faultsOf(card).map((why) => ({ card: card.id, why })));
}

function faultsOf(card: Card): Why[] {
  switch (card.kind) {
    case 'text':
      return blank(card.title) && blank(card.markdown) ? ['empty-text'] : [];
    case 'image':
      return [
        ...(card.file ? [] : (['no-file'] as const)),
        ...(blank(card.alt) ? (['no-alt'] as const) : [])
      ];
    case 'video':
      return card.file ? [] : ['no-file'];
    case 'choice':
      return [...faultsOfOptions(card.question, card.options), ...faultsOfMarks(card)];
    case 'order':
      return faultsOfOptions(card.question, card.items);
    case 'reveal':
      return blank(card.front) || blank(card.back) ? ['empty-side'] : [];
  }
}

function faultsOfOptions(question: string | undefined, options: readonly string[] = []): Why[] {
  const found: Why[] = blank(question) ? ['no-question'] : [];
  const filled = options.filter((option) => !blank(option)).map((option) => option.trim());
  if (filled.length < 2) found.push('too-few-options');
  if (new Set(filled).size < filled.length) found.push('same-option-twice');
  return found;
}

function faultsOfMarks({ right = [], options = [], multiple }: ChoiceCard): Why[] {
  const marked = right.filter((n) => !blank(options[n]));
  if (marked.length === 0) return ['no-right-option'];
  return !multiple && marked.length > 1 ? ['two-right-options'] : [];
}

const blank = (text: string | undefined) => !text?.trim();
