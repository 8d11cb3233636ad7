import { admin } from './admin.ts';
import { daily } from './daily.ts';
import { host } from './host.ts';
import { learn } from './learn.ts';
import { live } from './live.ts';
import { login } from './login.ts';
import { me } from './me.ts';
import { points } from './points.ts';
import { problems } from './problems.ts';
import { ranks } from './ranks.ts';
import { replay } from './replay.ts';
import { stage } from './stage.ts';
import { studio } from './studio.ts';

export const rest = {
  admin,
  daily,
  host,
  learn,
  live,
  login,
  me,
  points,
  problems,
  ranks,
  replay,
  stage,
  studio
};
