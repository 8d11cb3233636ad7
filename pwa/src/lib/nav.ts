import BookOpen from '@lucide/svelte/icons/book-open';
import House from '@lucide/svelte/icons/house';
import PencilRuler from '@lucide/svelte/icons/pencil-ruler';
import Radio from '@lucide/svelte/icons/radio';
import Trophy from '@lucide/svelte/icons/trophy';
import User from '@lucide/svelte/icons/user';
import Users from '@lucide/svelte/icons/users';
import type { Me } from './api/index.ts';
import type { PlainKey } from './i18n/index.svelte.ts';

/** A place that navigation leads to. */
export interface Place {
  href: string;
  label: PlainKey;
  Icon: typeof House;
  /** Whether it is open to this employee; to everybody when absent. */
  open?: (me: Me) => boolean;
}

/** The five tabs. */
export const tabs: readonly Place[] = [
  { href: '/', label: 'common.home', Icon: House },
  { href: '/learn', label: 'common.learn', Icon: BookOpen },
  { href: '/live', label: 'common.live', Icon: Radio },
  { href: '/ranks', label: 'common.ranks', Icon: Trophy },
  { href: '/me', label: 'common.me', Icon: User }
];

/** Places for those who publish, host or administer: under the tabs on a laptop, under Me on a phone. */
export const desk: readonly Place[] = [
  { href: '/studio', label: 'common.studio', Icon: PencilRuler, open: (me) => me.canPublish },
  { href: '/people', label: 'common.staff', Icon: Users, open: (me) => me.canManage }
];

/** Whether `path` is `href` or below it. */
export function within(path: string, href: string): boolean {
  return path === href || (href !== '/' && path.startsWith(`${href}/`));
}

/** A lesson, taken. */
export const lessonPath = (id: string): string => `/learn/${id}`;

/** A lesson, written. */
export const draftPath = (id: string): string => `/studio/${id}`;

/** A live session's room, as its host. */
export const hostPath = (id: string): string => `/live/${id}/host`;

/** A live session's recording. */
export const replayPath = (id: string): string => `/live/${id}/replay`;

/** A live session's room: watched, or hosted. */
export const livePath = (id: string, hosting = false): string => (hosting ? hostPath(id) : `/live/${id}`);
