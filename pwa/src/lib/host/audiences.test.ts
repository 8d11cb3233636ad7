import { expect, it } from 'vitest';
import type { UnitNode } from '#lib/api/index.ts';
import { audiences } from './audiences.ts';

const unit = (id: string, parent: string | null): UnitNode => ({
  id,
  parent,
  name: id,
  kind: 'team',
  members: 1
});
const units = [unit('top', null), unit('east', 'top'), unit('shop', 'east'), unit('west', 'top')];
const shape = (held: string[]) => audiences(units, held).map(({ id, depth }) => `${id} ${depth}`);

it('offers the units one holds and all below them, indented', () => {
  expect(shape(['top'])).toEqual(['top 0', 'east 1', 'shop 2', 'west 1']);
  expect(shape(['east', 'west'])).toEqual(['east 0', 'shop 1', 'west 0']);
});

it('offers a unit that is held twice, by itself and from above, once', () => {
  expect(shape(['top', 'shop'])).toEqual(['top 0', 'east 1', 'shop 2', 'west 1']);
  expect(shape([])).toEqual([]);
});
