import { expect, it } from 'vitest';
import { dayIn, quizOf } from './question.ts';

it('knows the day of a zone', () => {
  const late = new Date('2026-11-23T23:30:00Z');
  expect(dayIn('Asia/Shanghai', 0, late)).toBe('2026-11-24');
  expect(dayIn('America/New_York', 0, late)).toBe('2026-11-23');
  expect(dayIn('America/New_York', 8, late)).toBe('2026-12-01');
});

it('leaves blank choices out and finds the right one again', () => {
  expect(quizOf(['', 'a', ' ', 'b'], 3)).toEqual({ choices: ['a', 'b'], right: 1 });
  expect(quizOf(['a', 'b'], 2)).toBeUndefined();
  expect(quizOf(['a', ''], 0)).toBeUndefined();
});
