/** The calendar day (`2026-11-23`) in a zone, some days from now. */
export function dayIn(zone: string, ahead = 0, now: Date = new Date()): string {
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(now);
  return new Date(Date.parse(today) + ahead * 86_400_000).toISOString().slice(0, 10);
}

/** The filled choices and the right one's place among them; undefined while that is no quiz. */
export function quizOf(
  choices: readonly string[],
  right: number
): { choices: string[]; right: number } | undefined {
  const filled = choices.map((choice) => choice.trim());
  if (!filled[right] || filled.filter(Boolean).length < 2) return undefined;
  return { choices: filled.filter(Boolean), right: filled.slice(0, right).filter(Boolean).length };
}
