/** Something on the server changed: what shows it should ask again. */
export type Hint = 'live' | 'points' | 'home';

const listeners = new Map<Hint, Set<() => void>>();

/** Calls `listener` at each of `hints`; returns what ends that. */
export function whenHinted(hints: readonly Hint[], listener: () => void): () => void {
  for (const hint of hints) {
    if (!listeners.has(hint)) listeners.set(hint, new Set());
    listeners.get(hint)?.add(listener);
  }
  return () => hints.forEach((hint) => listeners.get(hint)?.delete(listener));
}

/** Tells once to everybody who listens to any of `hints`. */
export function tell(...hints: Hint[]): void {
  const told = new Set(hints.flatMap((hint) => [...(listeners.get(hint) ?? [])]));
  told.forEach((listener) => listener());
}
