import { expect, test } from 'vitest';
import type { StageMember } from '#lib/api/index.ts';
import { guestsOf, withMember } from './members.ts';

const member = (id: string, state: StageMember['state'], seat: StageMember['seat'] = null): StageMember => ({
  person: { id, name: id, unit: '' },
  state,
  seat,
  microphone: true,
  since: '2026-11-26T19:00:00Z'
});

test('news of a person replaces what was known, and who is off is forgotten', () => {
  let members = withMember([], member('bob', 'raised'));
  members = withMember(members, member('carol', 'raised'));
  members = withMember(members, member('bob', 'on', 'guest-1'));
  expect(members.map(({ person, state }) => [person.id, state])).toEqual([
    ['carol', 'raised'],
    ['bob', 'on']
  ]);
  expect(withMember(members, member('bob', 'off')).map(({ person }) => person.id)).toEqual(['carol']);
});

test('guests stand in the order of their seats', () => {
  const members = [member('c', 'on', 'guest-3'), member('x', 'raised'), member('a', 'on', 'guest-1')];
  expect(guestsOf(members).map(({ person }) => person.id)).toEqual(['a', 'c']);
});
