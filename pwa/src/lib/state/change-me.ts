import { changeMe as ask, type ChangeMe } from '#lib/api/index.ts';
import { problemText } from '#lib/i18n/problems.ts';
import { become } from './me.svelte.ts';
import { toast } from './toasts.svelte.ts';

/** Changes a setting of mine on the server; says so when that did not work. */
export async function changeMe(change: ChangeMe): Promise<void> {
  try {
    await become(await ask({ body: change }));
  } catch (reason) {
    toast(problemText(reason), { tone: 'bad' });
  }
}
