import { expect, it } from 'vitest';
import { AttendanceTimer } from './attendance-timer.ts';

it('adds up only the time that it ran', () => {
  let now = 0;
  const timer = new AttendanceTimer(() => now);
  now = 500;
  expect(timer.ms).toBe(0);
  timer.run();
  now = 1500;
  timer.run(); // already running: nothing begins anew
  now = 2500;
  expect(timer.ms).toBe(2000);
  timer.rest();
  now = 9000;
  timer.rest();
  expect(timer.ms).toBe(2000);
  timer.run();
  now = 9100;
  expect(timer.ms).toBe(2100);
});
