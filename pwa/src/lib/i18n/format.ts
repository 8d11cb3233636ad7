import { i18n, t } from './index.svelte.ts';

const formats = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat | Intl.RelativeTimeFormat>();

function kept<Format extends Intl.DateTimeFormat | Intl.NumberFormat | Intl.RelativeTimeFormat>(
  kind: string,
  options: object,
  make: (tag: string) => Format
): Format {
  const key = `${kind} ${i18n.tag} ${JSON.stringify(options)}`;
  let format = formats.get(key) as Format | undefined;
  if (!format) formats.set(key, (format = make(i18n.tag)));
  return format;
}

/** A date or time in the language of the moment; instants as ISO text or Date, zone by `timeZone`. */
export function formatDate(at: string | Date, options: Intl.DateTimeFormatOptions): string {
  return kept('date', options, (tag) => new Intl.DateTimeFormat(tag, options)).format(new Date(at));
}

/** A calendar day (`2026-11-23`), which has no zone. */
export function formatDay(day: string, options: Intl.DateTimeFormatOptions): string {
  return formatDate(`${day}T12:00:00Z`, { ...options, timeZone: 'UTC' });
}

/** “11月23日 星期一”, “Monday, 23 November”; `weekday` short where space is. */
export function formatFullDay(day: string, weekday: 'long' | 'short' = 'long'): string {
  return t('common.date', {
    day: formatDay(day, { month: 'long', day: 'numeric' }),
    weekday: formatDay(day, { weekday })
  });
}

/** 09:05 */
export function formatTime(at: string | Date, timeZone?: string): string {
  return formatDate(at, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone });
}

export function formatNumber(value: number, options: Intl.NumberFormatOptions = {}): string {
  return kept('number', options, (tag) => new Intl.NumberFormat(tag, options)).format(value);
}

/** Basis points (0–10 000) as a percentage. */
export function formatShare(basisPoints: number): string {
  return formatNumber(basisPoints / 10_000, { style: 'percent', maximumFractionDigits: 1 });
}

/** Milliseconds as 3:12 or 1:03:12. */
export function formatDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, place) => (place ? String(part).padStart(2, '0') : String(part))).join(':');
}

/** “in 10 minutes”, “2 hours ago”, in the largest unit that fits. */
export function formatFromNow(at: string | Date, now: Date = new Date()): string {
  const minutes = Math.round((new Date(at).getTime() - now.getTime()) / 60_000);
  const format = kept('relative', {}, (tag) => new Intl.RelativeTimeFormat(tag, { numeric: 'auto' }));
  if (Math.abs(minutes) < 60) return format.format(minutes, 'minute');
  if (Math.abs(minutes) < 1440) return format.format(Math.round(minutes / 60), 'hour');
  return format.format(Math.round(minutes / 1440), 'day');
}
