import type { Me, UnitNode } from '#lib/api/index.ts';

export type Row = { id: string; name: string; members: number; depth: number };

/** The units that a manager or admin sees people of, each above its own; `depth` is for indenting. */
export function tree(units: readonly UnitNode[], roles: Me['roles']): Row[] {
  const held = new Set(
    roles.filter(({ role }) => role === 'manager' || role === 'admin').map(({ unit }) => unit.id)
  );
  const below = (parent: string | null, depth: number, seen: boolean): Row[] =>
    units
      .filter((unit) => unit.parent === parent)
      .flatMap(({ id, name, members }) => {
        const shown = seen || held.has(id);
        const rows = below(id, shown ? depth + 1 : depth, shown);
        return shown ? [{ id, name, members, depth }, ...rows] : rows;
      });
  return below(null, 0, false);
}
