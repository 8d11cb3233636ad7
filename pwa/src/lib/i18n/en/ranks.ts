import type { Translation } from '../catalogue.ts';
import type { ranks as zh } from '../zh/ranks.ts';

export const ranks: Translation<typeof zh> = {
  title: 'Ranks',
  scope: 'Scope',
  team: 'Team',
  company: 'Company',
  period: 'Period',
  week: 'Week',
  month: 'Month',
  quarter: 'Quarter',
  account: 'Points',
  learning: 'Learning',
  teaching: 'Teaching',
  podium: 'Top three',
  place: 'No. {n}',
  you: 'You',
  mine: 'My place',
  people: '{n} {n|person|people} ranked',
  empty: 'Nobody is ranked yet',
  emptyText: 'Check in and the first place is yours.',
  emptyTeaching: 'Share live and be the first.',
  hidden: 'You chose not to appear here.',
  show: 'Appear here'
};
