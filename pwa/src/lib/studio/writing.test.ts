import { describe, expect, it } from 'vitest';
import type { ChoiceCard } from '#lib/api/index.ts';
import type { Card } from '#lib/lesson/quiz.ts';
import {
  allowing,
  changed,
  marked,
  MOST_CARDS,
  moved,
  saveOf,
  withoutOption,
  type Writing
} from './writing.ts';

const text = (id: string): Card => ({ kind: 'text', id, title: id });
const writing: Writing = {
  title: 'Title',
  summary: '',
  emoji: '',
  minutes: 3,
  cards: [text('a'), text('b'), text('c')]
};
const ids = ({ cards }: Writing) => cards.map(({ id }) => id).join('');
const choice: ChoiceCard = {
  kind: 'choice',
  id: 'q',
  options: ['w', 'x', 'y', 'z'],
  right: [1, 3],
  multiple: true
};

describe('changed', () => {
  it('adds after a card, else at the end', () => {
    expect(ids(changed(writing, { act: 'add', card: text('n'), after: 'a' }))).toBe('anbc');
    expect(ids(changed(writing, { act: 'add', card: text('n') }))).toBe('abcn');
    expect(ids(changed(writing, { act: 'add', card: text('n'), after: 'gone' }))).toBe('abcn');
  });

  it('moves within the list only', () => {
    expect(ids(changed(writing, { act: 'move', id: 'a', to: 2 }))).toBe('bca');
    expect(changed(writing, { act: 'move', id: 'a', to: -1 })).toBe(writing);
    expect(changed(writing, { act: 'move', id: 'c', to: 3 })).toBe(writing);
  });

  it('duplicates with an id of its own, edits and removes', () => {
    expect(ids(changed(writing, { act: 'duplicate', id: 'b', copy: 'x' }))).toBe('abxc');
    expect(changed(writing, { act: 'edit', card: { ...text('b'), title: 'new' } as Card }).cards[1]).toEqual({
      kind: 'text',
      id: 'b',
      title: 'new'
    });
    expect(ids(changed(writing, { act: 'remove', id: 'b' }))).toBe('ac');
    expect(changed(writing, { act: 'remove', id: 'gone' })).toBe(writing);
  });

  it('leaves the writing before it as it was', () => {
    changed(writing, { act: 'remove', id: 'a' });
    expect(ids(writing)).toBe('abc');
  });

  it('stops at the most cards that the server takes', () => {
    const cards = Array.from({ length: MOST_CARDS }, (_, n) => text(String(n)));
    const full = { ...writing, cards };
    expect(changed(full, { act: 'add', card: text('more') })).toBe(full);
    expect(changed(full, { act: 'duplicate', id: '0', copy: 'more' })).toBe(full);
  });
});

describe('choice cards', () => {
  it('keeps the marks on their options when one goes', () => {
    expect(withoutOption(choice, 0)).toMatchObject({ options: ['x', 'y', 'z'], right: [0, 2] });
    expect(withoutOption(choice, 1)).toMatchObject({ options: ['w', 'y', 'z'], right: [2] });
  });

  it('marks several or just one', () => {
    expect(marked(choice, 0).right).toEqual([0, 1, 3]);
    expect(marked(choice, 1).right).toEqual([3]);
    expect(marked({ ...choice, multiple: false }, 2).right).toEqual([2]);
    expect(allowing(choice, false)).toMatchObject({ multiple: false, right: [1] });
  });
});

describe('saveOf', () => {
  it('sends no blank options and moves the marks along', () => {
    const cards: Card[] = [
      { ...choice, options: ['', 'x', ' ', 'z'] },
      { kind: 'order', id: 'o', items: ['one', ' ', 'two'] }
    ];
    expect(saveOf({ ...writing, cards }, 7, 'Untitled')).toMatchObject({
      revision: 7,
      cards: [{ options: ['x', 'z'], right: [0, 1] }, { items: ['one', 'two'] }]
    });
  });

  it('names what has no title yet', () => {
    expect(saveOf({ ...writing, title: '  ' }, 0, 'Untitled').title).toBe('Untitled');
  });
});

it('moves an element', () => expect(moved([1, 2, 3], 2, 0)).toEqual([3, 1, 2]));
