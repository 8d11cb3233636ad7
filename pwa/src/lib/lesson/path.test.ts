import { describe, expect, it } from 'vitest';
import type { LessonCard, Progress } from '#lib/api/index.ts';
import { nextLesson } from './next.ts';
import { path, percentOf } from './path.ts';

function lesson(id: string, state: Progress['state'], rest: Partial<LessonCard> = {}): LessonCard {
  return {
    id,
    title: `Lesson ${id}`,
    summary: '',
    emoji: '',
    minutes: 3,
    cards: 4,
    points: 10,
    channel: 'safety',
    channelName: 'Safety',
    progress: { state, card: 2, version: 1, score: null, answers: [] },
    ...rest
  };
}
const hr = { channel: 'hr', channelName: 'HR' };

describe('nextLesson', () => {
  it('is the begun one first', () => {
    expect(nextLesson([lesson('a', 'new'), lesson('b', 'started')])?.id).toBe('b');
  });

  it('is the next of the same channel after a finished one', () => {
    const lessons = [lesson('a', 'new', hr), lesson('b', 'done'), lesson('c', 'new')];
    expect(nextLesson(lessons, 'b')?.id).toBe('c');
    expect(nextLesson(lessons, 'c')?.id).toBe('a');
  });

  it('is none when all are done', () => {
    expect(nextLesson([lesson('a', 'done')])).toBeUndefined();
    expect(nextLesson([lesson('a', 'started')], 'a')).toBeUndefined();
  });
});

describe('path', () => {
  const lessons = [
    lesson('a', 'started'),
    lesson('b', 'new', hr),
    lesson('c', 'new'),
    lesson('d', 'done', { title: 'Fire drill' })
  ];

  it('shows what is ahead by channel and counts what is done', () => {
    const { ahead, done } = path(lessons);
    expect(
      ahead.map(({ name, lessons, done, all }) => [name, lessons.map(({ id }) => id), done, all])
    ).toEqual([
      ['Safety', ['a', 'c'], 1, 3],
      ['HR', ['b'], 0, 1]
    ]);
    expect(done.map(({ id }) => id)).toEqual(['d']);
  });

  it('finds by title and channel, in any case', () => {
    expect(path(lessons, ' fire ').done.map(({ id }) => id)).toEqual(['d']);
    expect(path(lessons, 'hr').ahead.map(({ channel }) => channel)).toEqual(['hr']);
    expect(path(lessons, 'nothing')).toEqual({ ahead: [], done: [] });
  });
});

describe('percentOf', () => {
  it('shows a begun lesson as neither empty nor full', () => {
    const at = (card: number) => percentOf(lesson('a', 'started', { progress: { ...begun, card } }));
    const begun: Progress = { state: 'started', card: 0, version: 1, score: null, answers: [] };
    expect([0, 2, 4].map(at)).toEqual([5, 50, 95]);
    expect(percentOf(lesson('a', 'new'))).toBe(0);
    expect(percentOf(lesson('a', 'done'))).toBe(100);
  });
});
