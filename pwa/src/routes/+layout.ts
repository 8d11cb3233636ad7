import { breathe } from '#lib/breathe.ts';
import { everySentence, firstLocale, showIn } from '#lib/i18n/index.svelte.ts';

export const ssr = false;
export const prerender = false;

let started: Promise<void> | undefined;

/** The first sentence already stands in the right language. */
export async function load({ url }: { url: URL }): Promise<void> {
  await (started ??= showIn(firstLocale()).then(breathe));
  // The first screen opens sooner without them.
  if (url.pathname !== '/') await everySentence();
}
