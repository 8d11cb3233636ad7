/** The chat of a room as plain data: what was heard and what I said, in one list. */
import type { ChatMessage } from '#lib/api/index.ts';

export type ChatLine = ChatMessage & {
  at: string;
  /** `sending` and `failed` are mine and not yet heard back from the room. */
  status: 'said' | 'sending' | 'failed';
};

/** Lines kept on a phone; older ones are in the report. */
const KEPT = 300;

/** Adds or confirms a line; one heard twice stands once. */
export function withLine(lines: readonly ChatLine[], line: ChatLine): ChatLine[] {
  const known = lines.findIndex((each) => each.id === line.id);
  if (known < 0) return [...lines, line].slice(-KEPT);
  return lines.with(known, line);
}

export function withoutLine(lines: readonly ChatLine[], id: string): ChatLine[] {
  return lines.filter((each) => each.id !== id);
}

export function withStatus(lines: readonly ChatLine[], id: string, status: ChatLine['status']): ChatLine[] {
  return lines.map((each) => (each.id === id && each.status !== 'said' ? { ...each, status } : each));
}
