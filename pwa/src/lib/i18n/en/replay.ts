import type { Translation } from '../catalogue.ts';
import type { replay as zh } from '../zh/replay.ts';

export const replay: Translation<typeof zh> = {
  title: 'Replay',
  watch: 'Watch the replay',
  preparing: 'The replay is being made, ready in a few minutes',
  none: 'There is no replay of this one',
  noneText: 'It was not recorded, or it is still being made.',
  chapters: 'Chapters',
  noChapters: 'Messages the host pinned become chapters',
  strip: 'Timeline',
  missed: 'You missed {time}',
  nothingMissed: 'Nothing missed',
  credited: 'Attended {share}',
  playMissed: 'Play what I missed',
  rule: 'Watching fills what you missed, in real time: skipping and faster speeds count no more.',
  incomplete: 'This recording is not complete',
  recording: 'Recording',
  record: 'Record and make a replay',
  recordText: 'A replay and a lesson follow by themselves'
};
