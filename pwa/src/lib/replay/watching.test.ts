import { beforeEach, expect, it } from 'vitest';
import { REPORT_MS, Watching, type Part } from './watching.ts';

let now = 0;
let told: [Part, boolean][] = [];
let watching: Watching;

beforeEach(() => {
  now = 0;
  told = [];
  watching = new Watching(
    (part, stopped) => told.push([part, stopped]),
    () => now
  );
});

/** So many milliseconds of real time at a speed, looked at four times a second. */
function play(from: number, ms: number, speed = 1): number {
  let position = from;
  for (let passed = 0; passed < ms; passed += 250) {
    now += 250;
    position += 250 * speed;
    watching.reach(position);
  }
  return position;
}

it('reports without a hole while it runs, and says when it stops', () => {
  watching.run(1000);
  play(1000, 50_000);
  watching.rest(true);
  expect(told).toEqual([
    [{ from: 1000, to: 1000 + REPORT_MS }, false],
    [{ from: 1000 + REPORT_MS, to: 1000 + 2 * REPORT_MS }, false],
    [{ from: 1000 + 2 * REPORT_MS, to: 51_000 }, true]
  ]);
});

it('counts real time at double speed', () => {
  watching.run(0);
  play(0, 40_000, 2);
  watching.rest(true);
  const total = told.reduce((sum, [{ from, to }]) => sum + to - from, 0);
  expect(total).toBe(40_000);
  expect(told[1]?.[0].from).toBe(40_000);
});

it('counts what was seen at half speed', () => {
  watching.run(0);
  play(0, 10_000, 0.5);
  watching.rest(true);
  expect(told).toEqual([[{ from: 0, to: 5000 }, true]]);
});

it('counts nothing of what was jumped over', () => {
  watching.run(0);
  play(0, 5000);
  watching.jump(60_000);
  play(60_000, 5000);
  watching.rest(true);
  expect(told.map(([part]) => part)).toEqual([
    { from: 0, to: 5000 },
    { from: 60_000, to: 65_000 }
  ]);
});

it('forgives clocks that differ a little', () => {
  watching.run(0);
  play(0, REPORT_MS, 1.01);
  expect(told).toEqual([[{ from: 0, to: REPORT_MS * 1.01 }, false]]);
});

it('tells nothing when nothing was watched', () => {
  watching.rest(true);
  watching.run(5000);
  watching.run(9000);
  watching.rest(true);
  watching.jump(10);
  watching.reach(20);
  expect(told).toEqual([]);
});
