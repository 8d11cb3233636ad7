import type { CheckInStatus, Day } from '#lib/api/index.ts';

/** The check-in card as it is shown: what the server last said, moved to this moment. */
export interface Today {
  day: string;
  done: boolean;
  /** The check-in is kept on this device only, so far. */
  waiting: boolean;
  streak: number;
  week: Day[];
  nextMilestone: number;
}

const MILESTONES = [7, 30, 100, 365];

/** The calendar day (`2026-11-23`) and the hour (0…23) of an instant in a zone. */
export function localTime(zone: string, at: Date): { day: string; hour: number } {
  const parts = Object.fromEntries(
    wallClock(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value])
  );
  return { day: `${parts.year}-${parts.month}-${parts.day}`, hour: Number(parts.hour) };
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** One per zone and in the browser's own language: another language's first format takes a phone a tenth of a second. */
function wallClock(zone: string): Intl.DateTimeFormat {
  let clock = clocks.get(zone);
  if (!clock) {
    const numbers = { calendar: 'gregory', numberingSystem: 'latn' } as const;
    const shown = {
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      hourCycle: 'h23'
    } as const;
    clock = new Intl.DateTimeFormat(undefined, { timeZone: zone, ...numbers, ...shown });
    clocks.set(zone, clock);
  }
  return clock;
}

/** The calendar day of an instant in a zone. */
export function dayIn(zone: string, at: Date): string {
  return localTime(zone, at).day;
}

/**
 * `status` may be days old when there was no network, and `waiting` holds the instants of check-ins the
 * server has not seen: the card then shows what the server is going to say.
 */
export function todayOf(status: CheckInStatus, now: Date, waiting: readonly string[]): Today {
  const day = dayIn(status.zone, now);
  // The server's clock wins over a phone that runs behind.
  const current = day > status.day ? day : status.day;
  const acted = new Set(waiting.map((at) => dayIn(status.zone, new Date(at))));
  const known = current === status.day && status.done;
  const kept = acted.has(current);
  const done = known || kept;
  const streak = status.streak + (kept && !known ? 1 : 0);
  const week = weekOf(current, status).map((each) => shown(each, current, done, acted));
  const nextMilestone = MILESTONES.find((goal) => goal > streak) ?? status.nextMilestone;
  return { day: current, done, waiting: kept && !known, streak, week, nextMilestone };
}

function shown(each: Day, current: string, done: boolean, acted: ReadonlySet<string>): Day {
  if (each.day === current) return { ...each, state: done ? 'done' : 'today' };
  if (acted.has(each.day)) return { ...each, state: 'done' };
  if (each.day < current && (each.state === 'today' || each.state === 'ahead'))
    return { ...each, state: 'missed' };
  return each;
}

/** Monday to Sunday around `day`, with what the server said of those days. */
function weekOf(day: string, status: CheckInStatus): Day[] {
  const noon = new Date(`${day}T12:00:00Z`);
  const sinceMonday = (noon.getUTCDay() + 6) % 7;
  return Array.from({ length: 7 }, (_, place) => {
    const at = new Date(noon.getTime() + (place - sinceMonday) * 86_400_000).toISOString().slice(0, 10);
    return status.week.find((known) => known.day === at) ?? { day: at, state: 'ahead' };
  });
}
