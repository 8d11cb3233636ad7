/**
 * The app's sentences. Every area has one catalogue per language; the Chinese one is the source of the types.
 */
import { fill, type Translation, type Values } from './catalogue.ts';
import { zh } from './zh/index.ts';
import type { rest as zhRest } from './zh/rest.ts';

export type Locale = 'zh' | 'en';
type Source = typeof zh & typeof zhRest;
type Area = keyof Source;
type Catalogues = { [A in Area]?: Translation<Source[A]> };

/** `home.checkIn`: the area's file and the key in it. */
export type Key = { [A in Area]: `${A}.${keyof Source[A] & string}` }[Area];
type TextOf<K extends Key> = K extends `${infer A extends Area}.${infer Name}`
  ? Name extends keyof Source[A]
    ? Source[A][Name] & string
    : never
  : never;
type Rest<K extends Key> = keyof Values<TextOf<K>> extends never ? [] : [Values<TextOf<K>>];

/** A key whose sentence asks for no values. */
export type PlainKey = { [K in Key]: keyof Values<TextOf<K>> extends never ? K : never }[Key];

const STORED = 'wake.locale';
const TAGS: Record<Locale, string> = { zh: 'zh-CN', en: 'en-GB' };
const first: Record<Locale, () => Promise<Catalogues>> = {
  zh: async () => zh,
  en: async () => (await import('./en/index.ts')).en
};
const rest: Record<Locale, () => Promise<Catalogues>> = {
  zh: async () => (await import('./zh/rest.ts')).rest,
  en: async () => (await import('./en/rest.ts')).rest
};

let locale = $state<Locale>('zh');
let catalogues = $state.raw<Catalogues>(zh);
let complete = false;
const plural = $derived(new Intl.PluralRules(TAGS[locale]));

export const i18n = {
  get locale(): Locale {
    return locale;
  },
  /** BCP 47 tag for Intl and `lang`. */
  get tag(): string {
    return TAGS[locale];
  }
};

/** The sentence for `key`, in the language of the moment. */
export function t<K extends Key>(key: K, ...rest: Rest<K>): string {
  return fill(textOf(key), rest[0] ?? {}, plural);
}

/** The sentence for a key that is only known at run time, e.g. a problem's name. */
export function lookUp(area: Area, name: string): string | undefined {
  return (catalogues[area] as Record<string, string> | undefined)?.[name];
}

function textOf(key: Key): string {
  const [area, name] = key.split('.') as [Area, string];
  return lookUp(area, name) ?? '';
}

/** Shows the app in `next`, without keeping the choice. */
export async function showIn(next: Locale): Promise<void> {
  const parts = await Promise.all([first[next](), complete ? rest[next]() : {}]);
  catalogues = Object.assign({}, ...parts);
  locale = next;
  document.documentElement.lang = TAGS[next];
}

/** Brings what the screens after the first ones say; asked again it does nothing. */
export async function everySentence(): Promise<void> {
  if (complete) return;
  const more = await rest[locale]();
  catalogues = { ...catalogues, ...more };
  complete = true;
}

/** Shows the app in `next` and keeps the choice on this device. */
export async function switchTo(next: Locale): Promise<void> {
  localStorage.setItem(STORED, next);
  await showIn(next);
}

/** The language chosen on this device, or none. */
export function chosenLocale(): Locale | null {
  const stored = localStorage.getItem(STORED);
  return stored === 'zh' || stored === 'en' ? stored : null;
}

/** The device's choice, else the browser's language; Chinese unless it asks for something else. */
export function firstLocale(): Locale {
  return chosenLocale() ?? (navigator.language.startsWith('zh') ? 'zh' : 'en');
}
