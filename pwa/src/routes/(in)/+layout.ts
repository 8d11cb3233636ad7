import { redirect } from '@sveltejs/kit';
import { Problem } from '#lib/api/index.ts';
import { breathe } from '#lib/breathe.ts';
import { recall } from '#lib/state/me.svelte.ts';

/** Everything below needs to know who is logged in. */
export async function load({ url }: { url: URL }): Promise<void> {
  try {
    await recall();
    await breathe();
  } catch (reason) {
    if (!(reason instanceof Problem) || reason.status !== 401) throw reason;
    const next = url.pathname + url.search;
    redirect(302, next === '/' ? '/login' : `/login?next=${encodeURIComponent(next)}`);
  }
}
