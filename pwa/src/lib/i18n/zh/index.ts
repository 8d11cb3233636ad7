/** What the first screens say; the rest comes when it is needed. */
import { common } from './common.ts';
import { home } from './home.ts';
import { login } from './login.ts';
import { problems } from './problems.ts';

export const zh = { common, home, login, problems };
