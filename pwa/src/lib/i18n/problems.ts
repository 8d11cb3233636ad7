import { Problem } from '../api/problem.ts';
import { lookUp, t } from './index.svelte.ts';

/** What happened, in words, for anything that was thrown by a request. */
export function problemText(reason: unknown): string {
  if (!(reason instanceof Problem)) return t('problems.unknown');
  if (reason.name === 'unknown') return byStatus(reason.status);
  return lookUp('problems', reason.name) ?? byStatus(reason.status);
}

function byStatus(status: number): string {
  if (status === 0) return t('problems.unreachable');
  if (status === 401) return t('problems.unauthenticated');
  if (status === 403) return t('problems.forbidden');
  if (status === 404) return t('problems.not-found');
  if (status === 409) return t('problems.conflict');
  if (status === 413) return t('problems.too-large');
  if (status === 429) return t('problems.too-many');
  if (status < 500) return t('problems.invalid');
  return t('problems.unavailable');
}
