import { expect, it } from 'vitest';
import { pause } from './connection.ts';

it('tries again at once, then slower, never slower than three seconds', () => {
  const sure = [0, 1, 2, 3, 4, 50].map((attempt) => pause(attempt, () => 0));
  expect(sure).toEqual([0, 500, 1000, 2000, 2000, 2000]);
  expect(pause(50, () => 0.999)).toBeLessThan(3000);
});
