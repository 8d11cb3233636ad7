import { expect, it } from 'vitest';
import { withLine, withoutLine, withStatus, type ChatLine } from './chat.ts';

const line = (id: string, status: ChatLine['status'] = 'said'): ChatLine => ({
  id,
  status,
  text: `text ${id}`,
  at: '2026-11-23T10:00:00Z',
  person: { id: 'p', name: 'Lin', unit: 'Shop' },
  host: false
});
const ids = (lines: readonly ChatLine[]) => lines.map(({ id }) => id);

it('confirms a line in its place and shows what is heard twice once', () => {
  const lines = [line('a'), line('b', 'sending'), line('c')];
  const heard = withLine(withLine(lines, line('b')), line('b'));
  expect(ids(heard)).toEqual(['a', 'b', 'c']);
  expect(heard[1]?.status).toBe('said');
});

it('keeps the latest three hundred', () => {
  const lines = Array.from({ length: 305 }, (_, n) => line(String(n))).reduce(withLine, [] as ChatLine[]);
  expect(lines).toHaveLength(300);
  expect(lines[0]?.id).toBe('5');
});

it('marks my line as failed, but not one that the room has said', () => {
  expect(withStatus([line('a', 'sending')], 'a', 'failed')[0]?.status).toBe('failed');
  expect(withStatus([line('a')], 'a', 'failed')[0]?.status).toBe('said');
});

it('takes a line out', () => {
  expect(ids(withoutLine([line('a'), line('b')], 'a'))).toEqual(['b']);
});
