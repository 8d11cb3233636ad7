import { describe, expect, it } from 'vitest';
import type { ChoiceCard, OrderCard, TextCard } from '#lib/api/index.ts';
import { answersOf, isQuiz, isRight, reachOf, shuffled } from './quiz.ts';

const text: TextCard = { kind: 'text', id: 't' };
const single: ChoiceCard = { kind: 'choice', id: 's', options: ['a', 'b', 'c'], right: [1] };
const several: ChoiceCard = {
  kind: 'choice',
  id: 'm',
  multiple: true,
  options: ['a', 'b', 'c'],
  right: [0, 2]
};
const order: OrderCard = { kind: 'order', id: 'o', items: ['first', 'second', 'third'] };

describe('isRight', () => {
  it('asks for the right option', () => {
    expect(isRight(single, [1])).toBe(true);
    expect(isRight(single, [0])).toBe(false);
  });

  it('asks for exactly the right options, in any order', () => {
    expect(isRight(several, [2, 0])).toBe(true);
    expect(isRight(several, [0])).toBe(false);
    expect(isRight(several, [0, 1, 2])).toBe(false);
  });

  it('asks for all items in their order', () => {
    expect(isRight(order, [0, 1, 2])).toBe(true);
    expect(isRight(order, [1, 0, 2])).toBe(false);
    expect(isRight(order, [0, 1])).toBe(false);
  });
});

describe('reachOf', () => {
  const cards = [text, single, text, order];

  it('stops at the first open question', () => {
    expect(reachOf(cards, new Map())).toBe(1);
    expect(reachOf(cards, new Map([['s', [0]]]))).toBe(3);
  });

  it('is the last card when every question is answered', () => {
    expect(reachOf(cards, new Map([...(['s', 'o'] as const)].map((id) => [id, [0]])))).toBe(3);
    expect(reachOf([text, text], new Map())).toBe(1);
  });
});

describe('shuffled', () => {
  it('holds every place once, the same way for the same card', () => {
    for (const count of [1, 2, 3, 5, 8]) {
      const order = shuffled(count, 'card');
      expect([...order].sort()).toEqual([...Array(count).keys()]);
      expect(shuffled(count, 'card')).toEqual(order);
    }
  });

  it('is never the solution', () => {
    const seeds = Array.from({ length: 300 }, (_, n) => `seed ${n}`);
    for (const seed of seeds) expect(shuffled(3, seed)).not.toEqual([0, 1, 2]);
  });
});

it('knows questions and writes answers for the wire', () => {
  expect([text, single, order].map(isQuiz)).toEqual([false, true, true]);
  expect(answersOf(new Map([['s', [1]]]))).toEqual([{ card: 's', chosen: [1] }]);
});
