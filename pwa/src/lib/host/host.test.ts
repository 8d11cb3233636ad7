import { expect, it } from 'vitest';
import { feeling } from './broadcast.svelte.ts';
import { loudness } from './camera.svelte.ts';

const fine = { kbps: 1200, lossPercent: 0, rttMs: 40, fps: 30 };

it('hears silence as 0, full scale as 1, and half as loud in between', () => {
  expect(loudness(new Float32Array(8))).toBe(0);
  expect(loudness(new Float32Array(8).fill(1))).toBe(1);
  expect(loudness(new Float32Array(8).fill(10 ** (-30 / 20)))).toBeCloseTo(0.5);
});

it.each([
  [{}, 'good'],
  [{ lossPercent: 3 }, 'weak'],
  [{ rttMs: 500 }, 'weak'],
  [{ kbps: 300, fps: 10 }, 'weak'],
  [{ kbps: 30 }, 'good'],
  [{ kbps: 100, fps: 4 }, 'bad'],
  [{ lossPercent: 9 }, 'bad'],
  [{ rttMs: 1300 }, 'bad']
])('says what %o means for those who watch: %s', (change, expected) => {
  expect(feeling({ ...fine, ...change })).toBe(expected);
});
