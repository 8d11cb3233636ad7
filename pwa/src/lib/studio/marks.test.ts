import { expect, it } from 'vitest';
import { around, before } from './marks.ts';

it('puts marks around the selection and takes them off', () => {
  const bold = around({ text: 'so it is', start: 3, end: 5 }, '**');
  expect(bold).toEqual({ text: 'so **it** is', start: 5, end: 7 });
  expect(around(bold, '**')).toEqual({ text: 'so it is', start: 3, end: 5 });
});

it('begins every selected line with the mark, or no longer', () => {
  const list = before({ text: 'a\nb\nc', start: 0, end: 3 }, '- ');
  expect(list.text).toBe('- a\n- b\nc');
  expect(before(list, '- ').text).toBe('a\nb\nc');
});

it('counts in a numbered list', () => {
  const list = before({ text: 'a\nb', start: 0, end: 3 }, '1. ');
  expect(list.text).toBe('1. a\n2. b');
  expect(before(list, '1. ').text).toBe('a\nb');
});
