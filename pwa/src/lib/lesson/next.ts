import type { LessonCard } from '#lib/api/index.ts';

/** The lesson to go on with: one that was begun, else the next new one after `after`, else the first new one. */
export function nextLesson(lessons: readonly LessonCard[], after = ''): LessonCard | undefined {
  const open = lessons.filter(({ id, progress }) => id !== after && progress.state !== 'done');
  const begun = open.find(({ progress }) => progress.state === 'started');
  if (begun) return begun;
  const channel = lessons.find(({ id }) => id === after)?.channel;
  return open.find((lesson) => lesson.channel === channel) ?? open[0];
}
