import type { ThumbnailSheet } from '#lib/api/index.ts';

const WIDTH = 160;
const HEIGHT = 90;

/** CSS that shows the small picture of a position. */
export function thumbnail(sheet: ThumbnailSheet, positionMs: number): string {
  const number = Math.min(Math.floor(positionMs / sheet.everyMs), sheet.count - 1);
  const left = (number % sheet.columns) * WIDTH;
  const top = Math.floor(number / sheet.columns) * HEIGHT;
  return `width:${WIDTH}px;height:${HEIGHT}px;background:url(${sheet.url}) -${left}px -${top}px`;
}
