import type { LessonCard } from '#lib/api/index.ts';

/** A channel's lessons that are still to be taken, in the order they came; `done` and `all` count every one. */
export type Stretch = { channel: string; name: string; lessons: LessonCard[]; done: number; all: number };

/** How much of a lesson is done, in percent. */
export function percentOf({ progress, cards }: LessonCard): number {
  if (progress.state === 'done') return 100;
  if (progress.state === 'new' || cards === 0) return 0;
  return Math.max(5, Math.min(95, Math.round((progress.card / cards) * 100)));
}

/** What is still ahead, by channel, and what is done; of the lessons that `search` finds. */
export function path(lessons: readonly LessonCard[], search = ''): { ahead: Stretch[]; done: LessonCard[] } {
  const found = lessons.filter((lesson) => matches(lesson, search.trim().toLowerCase()));
  const ahead = new Map<string, Stretch>();
  for (const lesson of found.filter(({ progress }) => progress.state !== 'done')) {
    const stretch = ahead.get(lesson.channel) ?? stretchOf(lesson, lessons);
    stretch.lessons.push(lesson);
    ahead.set(lesson.channel, stretch);
  }
  return { ahead: [...ahead.values()], done: found.filter(({ progress }) => progress.state === 'done') };
}

function stretchOf({ channel, channelName: name }: LessonCard, lessons: readonly LessonCard[]): Stretch {
  const all = lessons.filter((lesson) => lesson.channel === channel);
  const done = all.filter(({ progress }) => progress.state === 'done').length;
  return { channel, name, lessons: [], done, all: all.length };
}

function matches({ title, summary, channelName }: LessonCard, wanted: string): boolean {
  return `${title} ${summary} ${channelName}`.toLowerCase().includes(wanted);
}
