import { goto } from '$app/navigation';
import { logIn as askLogIn, logOut as askLogOut, logOutEverywhere, me as askMe } from '#lib/api/index.ts';
import type { LogIn, Me } from '#lib/api/index.ts';
import { chosenLocale, showIn } from '#lib/i18n/index.svelte.ts';
import { flush, forgetEmployee, setEmployee } from '#lib/outbox/index.ts';
import { forgetAnswers } from './resource.svelte.ts';

let current = $state.raw<Me>();

/** Who is logged in. Screens inside the app can rely on `me.now`. */
export const me = {
  /** The employee, or undefined before the log-in. */
  get known(): Me | undefined {
    return current;
  },
  get now(): Me {
    if (!current) throw new Error('no employee is logged in');
    return current;
  }
};

/** Takes `next` as the employee of the moment, in their language unless this device chose one. */
export async function become(next: Me): Promise<void> {
  current = next;
  await setEmployee(next.id);
  if (!chosenLocale()) await showIn(next.language);
}

/** Asks the server who is logged in; the service worker answers when there is no network. */
export async function recall(): Promise<Me> {
  if (!current) await become(await askMe());
  return me.now;
}

export async function logIn(credentials: LogIn): Promise<void> {
  const next = await askLogIn({ body: credentials });
  await forgetCaches(next.id);
  await become(next);
  void flush();
}

/** Ends this log-in, or with `everywhere` all of this employee's, and leaves nothing of theirs here. */
export async function logOut({ everywhere = false } = {}): Promise<void> {
  await (everywhere ? logOutEverywhere() : askLogOut());
  await forgetEmployee();
  await forgetCaches();
  await leave();
}

/** The log-in ended elsewhere. What waits in the outbox stays for this employee's next log-in. */
export async function leave(): Promise<void> {
  const next = location.pathname + location.search;
  await goto(next === '/' || next === '/me' ? '/login' : `/login?next=${encodeURIComponent(next)}`);
  // Not before: the screens that are left still show who it was.
  current = undefined;
  forgetAnswers();
}

/** Deletes the answers and files kept for everybody but `employee`. */
async function forgetCaches(employee = ''): Promise<void> {
  const names = (await globalThis.caches?.keys()) ?? [];
  const others = names.filter((name) => name.startsWith('wake.of.') && !name.endsWith(`.${employee}`));
  await Promise.all(others.map((name) => caches.delete(name)));
}
