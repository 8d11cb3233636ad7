import { uuid7 } from '#lib/ids.ts';

const STORED = 'wake.device';

/** This browser's own random id: attendance counts a person once, however many devices watch. */
export function device(): string {
  const known = localStorage.getItem(STORED);
  if (known) return known;
  const made = uuid7();
  localStorage.setItem(STORED, made);
  return made;
}
