import { expect, it } from 'vitest';
import { begin, record, redo, undo } from './history.ts';

it('undoes and redoes', () => {
  const two = record(record(begin('a'), 'b', '', 0), 'c', '', 1);
  expect(undo(two).now).toBe('b');
  expect(undo(undo(undo(two))).now).toBe('a');
  expect(redo(undo(two)).now).toBe('c');
  expect(redo(two).now).toBe('c');
});

it('forgets what was undone when something else is done', () => {
  const other = record(undo(record(begin('a'), 'b', '', 0)), 'c', '', 1);
  expect(redo(other).now).toBe('c');
  expect(undo(other).now).toBe('a');
});

it('takes typing in one place as one step, until a rest', () => {
  const typed = record(record(begin(''), 'h', 'title', 0), 'hi', 'title', 500);
  expect(undo(typed).now).toBe('');
  expect(undo(record(typed, 'hi!', 'title', 5000)).now).toBe('hi');
  expect(undo(record(typed, 'hi!', 'summary', 600)).now).toBe('hi');
  expect(undo(record(record(begin('a'), 'b', '', 0), 'c', '', 1)).now).toBe('b');
});

it('keeps no step for a change that changed nothing', () => {
  const history = begin('a');
  expect(record(history, 'a', '', 0)).toBe(history);
});

it('keeps a hundred steps', () => {
  let history = begin(0);
  for (let n = 1; n <= 300; n++) history = record(history, n, '', n);
  expect(history.past.length).toBe(100);
});
