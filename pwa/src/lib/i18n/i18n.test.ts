import { describe, expect, test } from 'vitest';
import { fill, namesIn } from './catalogue.ts';
import { en as enFirst } from './en/index.ts';
import { rest as enRest } from './en/rest.ts';
import { zh as zhFirst } from './zh/index.ts';
import { rest as zhRest } from './zh/rest.ts';

type Catalogues = Record<string, Record<string, string>>;
const zh: Catalogues = { ...zhFirst, ...zhRest };
const en: Catalogues = { ...enFirst, ...enRest };

describe('the catalogues', () => {
  test('have the same areas', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  });

  test.each(Object.keys(zh))('%s says the same in both languages', (area) => {
    expect(Object.keys(en[area] ?? {}).sort()).toEqual(Object.keys(zh[area] ?? {}).sort());
  });

  test.each(Object.keys(zh))('%s asks for the same values in both languages', (area) => {
    for (const [key, text] of Object.entries(zh[area] ?? {})) {
      expect(namesIn(en[area]?.[key] ?? ''), `${area}.${key}`).toEqual(namesIn(text));
    }
  });

  test.each(Object.keys(zh))('%s leaves no sentence empty', (area) => {
    const sentences = [...Object.entries(zh[area] ?? {}), ...Object.entries(en[area] ?? {})];
    for (const [key, text] of sentences) expect(text.trim(), key).not.toBe('');
  });
});

describe('a sentence', () => {
  const english = new Intl.PluralRules('en');

  test('takes its values', () => {
    expect(fill('{n} of {all}', { n: 1, all: 4 }, english)).toBe('1 of 4');
  });

  test.each([
    [1, '1 day left'],
    [2, '2 days left'],
    [0, '0 days left']
  ])('agrees with %i', (n, said) => {
    expect(fill('{n} {n|day|days} left', { n }, english)).toBe(said);
  });

  test('may leave a value unsaid', () => {
    expect(fill('{n||}天连续', { n: 3 }, english)).toBe('天连续');
  });
});
