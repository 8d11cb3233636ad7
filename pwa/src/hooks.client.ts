import type { HandleClientError } from '@sveltejs/kit/hooks';
import { Problem } from '#lib/api/index.ts';

/** What a screen that failed to open tells its error page. */
export const handleError: HandleClientError = ({ error }) => {
  if (!(error instanceof Problem)) return;
  const { message, name, status, unreachable } = error;
  return { status: status || 503, message, problem: name, unreachable };
};
