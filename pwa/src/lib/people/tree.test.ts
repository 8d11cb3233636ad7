import { expect, it } from 'vitest';
import type { UnitNode } from '#lib/api/index.ts';
import { tree } from './tree.ts';

const unit = (id: string, parent: string | null): UnitNode => ({
  id,
  parent,
  name: id,
  kind: 'team',
  members: 1
});
const units = [unit('top', null), unit('east', 'top'), unit('west', 'top'), unit('shop', 'east')];
const role = (role: 'admin' | 'manager' | 'publisher', id: string) => ({ role, unit: { id, name: id } });
const shape = (roles: ReturnType<typeof role>[]) =>
  tree(units, roles).map(({ id, depth }) => `${id} ${depth}`);

it('shows each unit above its own', () => {
  expect(shape([role('admin', 'top')])).toEqual(['top 0', 'east 1', 'shop 2', 'west 1']);
});

it('begins at the units that one manages', () => {
  expect(shape([role('manager', 'east')])).toEqual(['east 0', 'shop 1']);
  expect(shape([role('publisher', 'top')])).toEqual([]);
});
