import type { PointLine } from '#lib/api/index.ts';
import { dayIn } from '#lib/home/today.ts';

/** The entries of one local day, newest first, and what they come to. */
export interface DayOfPoints {
  day: string;
  total: number;
  entries: PointLine[];
}

/** Groups entries (newest first) by the local day in `zone`. */
export function byDay(entries: readonly PointLine[], zone: string): DayOfPoints[] {
  const days = new Map<string, DayOfPoints>();
  for (const entry of entries) {
    const day = dayIn(zone, new Date(entry.at));
    const known = days.get(day) ?? { day, total: 0, entries: [] };
    known.total += entry.amount;
    known.entries.push(entry);
    days.set(day, known);
  }
  return [...days.values()];
}
