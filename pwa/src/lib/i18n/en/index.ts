/** What the first screen says; the rest comes when it is needed. */
import { common } from './common.ts';
import { home } from './home.ts';

export const en = { common, home };
