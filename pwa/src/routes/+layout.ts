import { firstLocale, showIn } from '#lib/i18n/index.svelte.ts';

export const ssr = false;
export const prerender = false;

/** The first sentence already stands in the right language. */
export async function load(): Promise<void> {
  await showIn(firstLocale());
}
