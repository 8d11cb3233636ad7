import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Room as Entry, RoomEvent } from '#lib/api/index.ts';
import { Room } from './room.svelte.ts';

const ME = { id: 'me', name: '林晓', unit: '客服一组' };
const AT = '2026-11-23T08:00:00Z';

class Line extends EventTarget {
  static open: Line[] = [];
  readonly url: string;
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;
  onclose?: () => void;
  constructor(url: string) {
    super();
    this.url = url;
    Line.open.push(this);
  }
  close() {
    this.onclose?.();
  }
  say(...events: RoomEvent[]) {
    this.onmessage?.({ data: JSON.stringify(events) });
  }
}

const message = (seq: number, id: string, text = id): RoomEvent => ({
  seq,
  type: 'message',
  at: AT,
  data: { id, text, host: false, person: { id: 'she', name: '周敏', unit: '' } }
});

function entry(seq: number, ...events: RoomEvent[]): Entry {
  const state = { state: 'live', onAir: true, slate: 'none', since: AT };
  const session = { id: 'room', state: 'live', onAir: true, hosting: false };
  const media = { whip: null, whep: '', token: '', expiresAt: AT };
  const rest = {
    ticket: 't',
    pinned: null,
    chatOpen: true,
    viewers: 1,
    attendedMs: 0,
    stage: [],
    cohosts: []
  };
  return { session, state, seq, events, media, ...rest } as unknown as Entry;
}

let answers: unknown[] = [];

beforeEach(() => {
  Line.open = [];
  vi.stubGlobal('WebSocket', Line);
  vi.stubGlobal('location', { origin: 'http://wake.test' });
  vi.stubGlobal('localStorage', { getItem: () => 'device', setItem: () => undefined });
  vi.stubGlobal('fetch', async () => Response.json(answers.shift(), { status: 201 }));
});
afterEach(() => vi.unstubAllGlobals());

async function entered(...first: unknown[]): Promise<{ room: Room; line: Line }> {
  answers = first;
  const room = new Room('room', ME);
  room.start();
  const line = await vi.waitUntil(() => Line.open[0]);
  line.onopen?.();
  return { room, line };
}

const texts = (room: Room) => room.lines.map(({ text }) => text);

test('what is heard twice counts once, and a deleted line does not come back', async () => {
  const { room, line } = await entered(entry(1, message(1, 'a')));
  line.say(message(2, 'b'), message(3, 'c'));
  line.say({ seq: 4, type: 'messageDeleted', at: AT, data: { id: 'b' } });
  line.say(message(2, 'b'), message(3, 'c'), message(5, 'd'));
  expect(texts(room)).toEqual(['a', 'c', 'd']);
  room.stop();
});

test('our own sentence may be answered before those in front of it are heard', async () => {
  const { room, line } = await entered(entry(0), message(3, 'mine', '你好'));
  await room.say('你好', 'mine');
  line.say(message(1, 'a'), message(2, 'b'), message(3, 'mine', '你好'));
  expect(texts(room)).toEqual(['你好', 'a', 'b']);
  room.stop();
});

test('a client that comes back asks for what it has not heard', async () => {
  const { room, line } = await entered(entry(7), entry(9));
  line.say(message(8, 'a'));
  line.close();
  const again = await vi.waitUntil(() => Line.open[1], 3000);
  expect(new URL(again.url).searchParams.get('since')).toBe('8');
  again.say(message(9, 'b'));
  expect(texts(room)).toEqual(['a', 'b']);
  room.stop();
});

test('passing figures have no number and always count', async () => {
  const { room, line } = await entered(entry(5));
  line.say({ seq: 0, type: 'viewers', at: AT, data: { count: 12, notReceiving: 3 } });
  line.say(
    { seq: 0, type: 'reactions', at: AT, data: { count: 3 } },
    { seq: 0, type: 'reactions', at: AT, data: { count: 2 } }
  );
  expect([room.viewers, room.notReceiving, room.hearts]).toEqual([12, 3, 5]);
  room.stop();
});

test('who is sent out is told, and nobody else leaves', async () => {
  const { room, line } = await entered(entry(0));
  line.say({ seq: 1, type: 'removed', at: AT, data: { person: 'she' } });
  expect(room.removed).toBe(false);
  line.say({ seq: 2, type: 'removed', at: AT, data: { person: 'me' } });
  expect(room.removed).toBe(true);
});

test('what the room says of the stage is known in its order, and a request to mute is for one', async () => {
  const { room, line } = await entered(entry(3));
  const member = { person: ME, state: 'on', seat: 'guest-1', microphone: true, since: AT };
  line.say(
    { seq: 4, type: 'stage', at: AT, data: member },
    { seq: 5, type: 'muteAsked', at: AT, data: { person: 'me' } },
    { seq: 5, type: 'muteAsked', at: AT, data: { person: 'me' } },
    { seq: 6, type: 'muteAsked', at: AT, data: { person: 'she' } },
    { seq: 7, type: 'screen', at: AT, data: { on: true } },
    { seq: 8, type: 'cohost', at: AT, data: { person: 'me', leads: true } }
  );
  expect([room.mine?.seat, room.guests.length, room.muteAsked]).toEqual(['guest-1', 1, 1]);
  expect([room.screen, room.leading, room.cohosts]).toEqual([true, true, ['me']]);
  line.say(
    { seq: 9, type: 'stage', at: AT, data: { ...member, state: 'off', seat: null } },
    { seq: 10, type: 'cohost', at: AT, data: { person: 'me', leads: false } }
  );
  expect([room.mine, room.guests, room.leading]).toEqual([undefined, [], false]);
});
