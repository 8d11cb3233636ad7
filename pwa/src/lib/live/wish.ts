import type { Wish } from './sdp-exchange.ts';

const STORED = 'wake.picture';
const WISHES: Wish[] = ['auto', 'low', 'none'];

/** The picture this device's user chose last. */
export function kept(): Wish {
  const stored = localStorage.getItem(STORED);
  return WISHES.find((wish) => wish === stored) ?? 'auto';
}

/** The next choice: saving data, only sound, and back to what the network carries. Remembered on this device. */
export function next(wish: Wish): Wish {
  const chosen = WISHES[(WISHES.indexOf(wish) + 1) % WISHES.length] ?? 'auto';
  localStorage.setItem(STORED, chosen);
  return chosen;
}
