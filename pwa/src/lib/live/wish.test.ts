import { beforeEach, expect, test } from 'vitest';
import { kept, next } from './wish.ts';

beforeEach(() => {
  const store = new Map<string, string>();
  globalThis.localStorage = {
    getItem: (key: string) => store.get(key) ?? null,
    setItem: (key: string, value: string) => void store.set(key, value)
  } as Storage;
});

test('a choice goes round and is remembered', () => {
  expect(kept()).toBe('auto');
  expect(next('auto')).toBe('low');
  expect(kept()).toBe('low');
  expect(next('low')).toBe('none');
  expect(next('none')).toBe('auto');
});

test('what nobody could have chosen is nothing chosen', () => {
  localStorage.setItem('wake.picture', 'huge');
  expect(kept()).toBe('auto');
});
