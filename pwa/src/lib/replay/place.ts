/** Where I stopped in a recording, kept on this device. */
const KEY = 'wake.replay.';
/** Nearer to the end than this it begins anew. */
const NEAR_END_MS = 5000;

export function placeIn(session: string, durationMs: number): number {
  const kept = Number(localStorage.getItem(KEY + session) ?? 0);
  return kept > 0 && kept < durationMs - NEAR_END_MS ? kept : 0;
}

export function keepPlace(session: string, positionMs: number): void {
  localStorage.setItem(KEY + session, String(Math.floor(positionMs)));
}
