/**
 * Milliseconds to wait before try number `attempt` (from 0): doubling from half a second to 30 s, with
 * jitter over the upper half, so that a thousand phones do not come back in the same moment.
 */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(30_000, 500 * 2 ** attempt);
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}
