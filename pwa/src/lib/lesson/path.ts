import type { LessonCard } from '#lib/api/index.ts';

export type Stretch = { channel: string; name: string; lessons: LessonCard[]; done: number };

/** How much of a lesson is done, in percent. */
export function percentOf({ progress, cards }: LessonCard): number {
  if (progress.state === 'done') return 100;
  if (progress.state === 'new' || cards === 0) return 0;
  return Math.max(5, Math.min(95, Math.round((progress.card / cards) * 100)));
}

/** The lessons by channel, as they came, with how many are done. */
export function stretches(lessons: readonly LessonCard[], search = ''): Stretch[] {
  const wanted = search.trim().toLowerCase();
  const found = new Map<string, Stretch>();
  for (const lesson of lessons) {
    if (wanted && !`${lesson.title} ${lesson.summary} ${lesson.channelName}`.toLowerCase().includes(wanted))
      continue;
    const stretch = found.get(lesson.channel) ?? {
      channel: lesson.channel,
      name: lesson.channelName,
      lessons: [],
      done: 0
    };
    stretch.lessons.push(lesson);
    stretch.done += lesson.progress.state === 'done' ? 1 : 0;
    found.set(lesson.channel, stretch);
  }
  return [...found.values()];
}
