import { describe, expect, test } from 'vitest';
import type { CheckInStatus, Day } from '#lib/api/index.ts';
import { todayOf } from './today.ts';

const state = (day: string, is: Day['state']): Day => ({ day, state: is });
/** Tuesday 24 November 2026, as the server said it that morning. */
const status: CheckInStatus = {
  day: '2026-11-24',
  zone: 'Asia/Shanghai',
  done: false,
  streak: 6,
  longest: 20,
  freezes: 2,
  nextMilestone: 7,
  points: 10,
  week: [
    state('2026-11-23', 'done'),
    state('2026-11-24', 'today'),
    ...['25', '26', '27', '28', '29'].map((day) => state(`2026-11-${day}`, 'ahead'))
  ],
  question: null,
  contact: ''
};
const at = (local: string) => new Date(`${local}+08:00`);
const states = (week: Day[]) => week.map((day) => day.state);

describe('the card of today', () => {
  test('shows what the server said', () => {
    const today = todayOf(status, at('2026-11-24T09:00'), []);
    expect(today).toMatchObject({
      day: '2026-11-24',
      done: false,
      waiting: false,
      streak: 6,
      nextMilestone: 7
    });
    expect(today.week).toEqual(status.week);
  });

  test('counts a check-in that waits', () => {
    const now = at('2026-11-24T09:00');
    const today = todayOf(status, now, [now.toISOString()]);
    expect(today).toMatchObject({ done: true, waiting: true, streak: 7, nextMilestone: 30 });
    expect(states(today.week).slice(0, 2)).toEqual(['done', 'done']);
  });

  test('does not count it twice once the server knows', () => {
    const now = at('2026-11-24T09:00');
    const today = todayOf({ ...status, done: true, streak: 7 }, now, [now.toISOString()]);
    expect(today).toMatchObject({ done: true, waiting: false, streak: 7 });
  });

  test('begins a new day without the server', () => {
    const today = todayOf({ ...status, done: true, streak: 7 }, at('2026-11-25T00:01'), []);
    expect(today).toMatchObject({ day: '2026-11-25', done: false });
    expect(states(today.week).slice(0, 3)).toEqual(['done', 'missed', 'today']);
  });

  test('begins a new week without the server', () => {
    const today = todayOf(status, at('2026-11-30T08:00'), []);
    expect(today.week[0]).toEqual(state('2026-11-30', 'today'));
    expect(states(today.week).slice(1)).toEqual(Array(6).fill('ahead'));
  });

  test('believes the server rather than a phone that runs behind', () => {
    expect(todayOf(status, at('2026-11-22T09:00'), []).day).toBe('2026-11-24');
  });

  test('takes the day of the zone, not of UTC', () => {
    expect(todayOf(status, new Date('2026-11-24T16:30:00Z'), []).day).toBe('2026-11-25');
  });
});
