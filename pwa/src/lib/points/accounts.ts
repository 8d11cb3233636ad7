import type { Balance, Me } from '#lib/api/index.ts';

/** The accounts to show: who never taught and may not host has no use for an empty second one. */
export function accountsOf(balances: readonly Balance[], person: Me): Balance[] {
  return balances.filter(({ account, total }) => account === 'learning' || total !== 0 || person.canHost);
}
