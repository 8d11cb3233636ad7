import { everySentence, firstLocale, showIn } from '#lib/i18n/index.svelte.ts';

export const ssr = false;
export const prerender = false;

/** Screens that speak with the first catalogues only, so that they open sooner. */
const FIRST = new Set(['/', '/login']);

let started: Promise<void> | undefined;

/** The first sentence already stands in the right language. */
export async function load({ url }: { url: URL }): Promise<void> {
  await (started ??= showIn(firstLocale()));
  if (!FIRST.has(url.pathname)) await everySentence();
}
