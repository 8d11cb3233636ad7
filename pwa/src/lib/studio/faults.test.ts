import { expect, it } from 'vitest';
import type { Card } from '#lib/lesson/quiz.ts';
import { faults } from './faults.ts';

const why = (card: Card) => faults([card]).map((fault) => fault.why);
const choice = (rest: object): Card => ({
  kind: 'choice',
  id: 'c',
  question: 'Why?',
  options: ['a', 'b'],
  right: [0],
  ...rest
});

it('asks for a card at all', () => expect(faults([])).toEqual([{ card: null, why: 'no-cards' }]));

it.each<[string, Card, string[]]>([
  ['a blank text', { kind: 'text', id: 't', title: ' ', markdown: '\n' }, ['empty-text']],
  ['a heading alone', { kind: 'text', id: 't', title: 'Hello' }, []],
  ['a picture without all', { kind: 'image', id: 'i' }, ['no-file', 'no-alt']],
  ['a picture', { kind: 'image', id: 'i', file: 'f', alt: 'a boat' }, []],
  ['a video without a file', { kind: 'video', id: 'v' }, ['no-file']],
  ['a right choice', choice({}), []],
  ['a choice without a question', choice({ question: '' }), ['no-question']],
  ['one option', choice({ options: ['a', ' '] }), ['too-few-options']],
  ['twins', choice({ options: ['a', 'a '] }), ['same-option-twice']],
  ['no mark', choice({ right: [] }), ['no-right-option']],
  ['a mark on a blank', choice({ options: ['', 'b', 'c'], right: [0] }), ['no-right-option']],
  ['two marks on a single choice', choice({ right: [0, 1] }), ['two-right-options']],
  ['two marks on a multiple choice', choice({ right: [0, 1], multiple: true }), []],
  ['an order of one', { kind: 'order', id: 'o', question: 'How?', items: ['a', ''] }, ['too-few-options']],
  ['one side', { kind: 'reveal', id: 'r', front: 'a', back: '' }, ['empty-side']]
])('%s', (_, card, expected) => expect(why(card)).toEqual(expected));
