import type { Translation } from '../catalogue.ts';
import type { admin as zh } from '../zh/admin.ts';

export const admin: Translation<typeof zh> = {
  title: 'People',
  search: 'Search by name or number',
  unit: 'Unit',
  allUnits: 'All units',
  name: 'Name',
  number: 'Number',
  position: 'Position',
  level: 'Level',
  status: 'Status',
  hiredOn: 'Hired',
  probation: 'Probation',
  regular: 'Regular',
  left: 'Left',
  more: 'Show more',
  shown: '{n} {n|person|people} shown',
  nobody: 'Nobody found',
  nobodyText: 'Try another name, number or unit.',
  makeRegular: 'Confirm as regular',
  makeProbation: 'Back to probation',
  markLeft: 'Mark as left',
  leaveTitle: '{name} has left?',
  leaveNow: 'Logged out of all devices and live rooms at once',
  leaveLists: 'No longer on leaderboards or counted as a learner',
  leaveTraces: 'Learning records and points stay and can be verified',
  leaveUndo: 'You can undo a mistake right away',
  confirmLeave: 'Confirm: left',
  changed: '{name}: {status}',
  readOnly: 'Only admins can change a status.'
};
