import type { UnitNode } from '#lib/api/index.ts';

export type Audience = { id: string; name: string; members: number; depth: number };

/** The units a person with roles over `held` may address, parents before children; depth for indenting. */
export function audiences(units: readonly UnitNode[], held: readonly string[]): Audience[] {
  const within = new Map<string, number>();
  for (const unit of units) {
    const above = unit.parent === null ? undefined : within.get(unit.parent);
    if (above !== undefined) within.set(unit.id, above + 1);
    else if (held.includes(unit.id)) within.set(unit.id, 0);
  }
  return units
    .filter(({ id }) => within.has(id))
    .map(({ id, name, members }) => ({ id, name, members, depth: within.get(id) ?? 0 }));
}
