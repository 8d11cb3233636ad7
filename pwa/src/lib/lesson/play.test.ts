import 'fake-indexeddb/auto';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { Lesson, Progress } from '#lib/api/index.ts';
import { uuid7 } from '#lib/ids.ts';
import { setEmployee, waitingActs } from '#lib/outbox/index.ts';
import { Play } from './play.svelte.ts';

// Node has no server at a relative address: to the outbox that is a phone without a network.
const cards: Lesson['cards'] = [
  { kind: 'text', id: 'intro' },
  { kind: 'choice', id: 'quiz', options: ['a', 'b'], right: [1] },
  { kind: 'text', id: 'end' }
];

let id: string;

function lesson(progress: Partial<Progress> = {}, version = 1): Lesson {
  const none: Progress = { state: 'new', card: 0, version: 1, score: null, answers: [] };
  return {
    id,
    version,
    title: 'Lesson',
    summary: '',
    emoji: '',
    minutes: 3,
    points: 10,
    channelName: 'Channel',
    cards,
    progress: { ...none, ...progress }
  };
}

const waiting = async (kind: string) =>
  (await waitingActs('me')).filter((act) => act.kind === kind && act.path.includes(id));

beforeAll(() => setEmployee('me'));
beforeEach(() => {
  id = uuid7();
});

it('asks for an answer before it goes on', async () => {
  const play = await Play.open(lesson());
  play.show(2);
  expect(play.index).toBe(1);
  expect(play.blocked).toBe(true);
  play.answer(cards[1]!, [0]);
  play.answer(cards[1]!, [1]);
  expect(play.answers.get('quiz')).toEqual([0]);
  play.show(2);
  expect([play.index, play.last, play.blocked]).toEqual([2, true, false]);
});

it('resumes where this device stopped, of the same version only', async () => {
  const first = await Play.open(lesson());
  first.show(1);
  first.answer(cards[1]!, [1]);
  await expect.poll(async () => (await Play.open(lesson())).answers.get('quiz')).toEqual([1]);
  expect((await Play.open(lesson())).index).toBe(1);
  expect((await Play.open(lesson({}, 2))).index).toBe(0);
});

it('goes on where another device came further', async () => {
  (await Play.open(lesson())).show(1);
  await expect.poll(async () => (await Play.open(lesson())).index).toBe(1);
  const elsewhere = lesson({ state: 'started', card: 2, answers: [{ card: 'quiz', chosen: [1] }] });
  const play = await Play.open(elsewhere);
  expect([play.index, play.answers.get('quiz')]).toEqual([2, [1]]);
});

it('begins a finished lesson anew', async () => {
  const done = lesson({ state: 'done', card: 3, answers: [{ card: 'quiz', chosen: [1] }] });
  const play = await Play.open(done);
  expect([play.index, play.answers.size]).toEqual([0, 0]);
});

it('keeps place and completion for the network, the newest place only', async () => {
  const play = await Play.open(lesson());
  play.show(1);
  play.answer(cards[1]!, [1]);
  play.show(2);
  await play.finish();
  expect(play.outcome).toEqual({ state: 'waiting' });
  await expect.poll(() => waiting('lesson-progress')).toMatchObject([{ body: { card: 2 } }]);
  expect(await waiting('lesson-completion')).toMatchObject([
    {
      path: `/api/lessons/${id}/completions`,
      body: { version: 1, answers: [{ card: 'quiz', chosen: [1] }] }
    }
  ]);
});
