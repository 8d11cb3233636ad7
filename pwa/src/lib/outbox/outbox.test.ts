import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, test } from 'vitest';
import { uuid7 } from '../ids.ts';
import {
  flush,
  forgetEmployee,
  send,
  setEmployee,
  waitingActs,
  whenOutboxChanges,
  type Settled
} from './index.ts';
import { keepAct } from './store.ts';

const ALICE = 'alice';
const BOB = 'bob';

/** A server that keeps acts by id, as ours does, and may fail before or after it took one. */
class Server {
  taken = new Map<string, unknown>();
  requests: string[] = [];
  fails: (number | 'unreachable' | 'reply lost')[] = [];

  fetch = async (path: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const body = JSON.parse(String(init?.body)) as { id: string };
    this.requests.push(body.id);
    const fault = this.fails.shift();
    if (fault === 'unreachable') throw new TypeError('Failed to fetch');
    if (typeof fault === 'number') {
      return Response.json({ type: '/problems/trace-conflict' }, { status: fault });
    }
    this.taken.set(body.id, body);
    if (fault === 'reply lost') throw new TypeError('Failed to fetch');
    return Response.json({ id: body.id, at: String(path) }, { status: 201 });
  };
}

let server: Server;
let settled: Settled[];

async function keep(employee: string, at: number, slot?: string): Promise<string> {
  const id = uuid7();
  await keepAct({
    id,
    employee,
    kind: 'check-in',
    method: 'POST',
    path: '/api/check-ins',
    body: { id },
    at,
    slot
  });
  return id;
}

beforeEach(async () => {
  for (const employee of [ALICE, BOB]) {
    await setEmployee(employee);
    await forgetEmployee();
  }
  await setEmployee(ALICE);
  server = new Server();
  globalThis.fetch = server.fetch;
  settled = [];
  return whenOutboxChanges((each) => {
    if (each) settled.push(each);
  });
});

describe('the outbox', () => {
  test('sends in order and keeps nothing that was taken', async () => {
    const ids = [await keep(ALICE, 1), await keep(ALICE, 2), await keep(ALICE, 3)];
    await flush(server.fetch);
    expect(server.requests).toEqual(ids);
    expect(await waitingActs(ALICE)).toEqual([]);
  });

  test('sends the same act again after a lost reply, so that the server takes it once', async () => {
    server.fails = ['reply lost'];
    const id = await keep(ALICE, 1);
    await flush(server.fetch);
    expect(await waitingActs(ALICE)).toHaveLength(1);
    await flush(server.fetch);
    expect(server.requests).toEqual([id, id]);
    expect(server.taken.size).toBe(1);
    expect(settled).toMatchObject([{ state: 'delivered', answer: { id } }]);
  });

  test.each(['unreachable', 401, 408, 425, 429] as const)(
    'waits at %s, everything behind it too',
    async (fault) => {
      server.fails = [fault];
      await keep(ALICE, 1);
      await keep(ALICE, 2);
      await flush(server.fetch);
      expect(server.requests).toHaveLength(1);
      expect(await waitingActs(ALICE)).toHaveLength(2);
    }
  );

  test('goes on behind an act that the server fails at', async () => {
    server.fails = [500];
    const first = await keep(ALICE, 1);
    await keep(ALICE, 2);
    await flush(server.fetch);
    expect((await waitingActs(ALICE)).map(({ id }) => id)).toEqual([first]);
  });

  test.each([400, 404, 409, 422])(
    'tells of an act that is refused with %i and lets it go',
    async (status) => {
      server.fails = [status];
      await keep(ALICE, 1);
      await flush(server.fetch);
      expect(await waitingActs(ALICE)).toEqual([]);
      expect(settled).toMatchObject([{ state: 'refused', problem: { name: 'trace-conflict', status } }]);
    }
  );

  test('never sends what another employee left behind', async () => {
    await keep(BOB, 1);
    await flush(server.fetch);
    expect(server.requests).toEqual([]);
    await setEmployee(BOB);
    await flush(server.fetch);
    expect(server.requests).toHaveLength(1);
  });

  test('forgets at log-out what waits, but only of the one who leaves', async () => {
    await keep(ALICE, 1);
    await keep(BOB, 2);
    await forgetEmployee();
    expect(await waitingActs(ALICE)).toEqual([]);
    expect(await waitingActs(BOB)).toHaveLength(1);
  });

  test('lets a newer act take the place of a waiting one in its slot', async () => {
    await keep(ALICE, 1, 'lesson 1');
    const newer = await keep(ALICE, 2, 'lesson 1');
    expect((await waitingActs(ALICE)).map(({ id }) => id)).toEqual([newer]);
  });

  test('sends an act once when two flushes meet', async () => {
    await keep(ALICE, 1);
    await Promise.all([flush(server.fetch), flush(server.fetch), flush(server.fetch)]);
    expect(server.requests).toHaveLength(1);
  });
});

describe('send', () => {
  const act = () => {
    const id = uuid7();
    return { id, kind: 'check-in', method: 'POST', path: '/api/check-ins', body: { id } } as const;
  };

  test('answers with what the server said', async () => {
    const sent = act();
    expect(await send(sent)).toEqual({ state: 'delivered', answer: { id: sent.id, at: '/api/check-ins' } });
  });

  test('says that it waits when there is no network', async () => {
    server.fails = ['unreachable'];
    expect(await send(act())).toEqual({ state: 'waiting' });
    expect(await waitingActs(ALICE)).toHaveLength(1);
  });

  test('says why it was refused', async () => {
    server.fails = [409];
    expect(await send(act())).toMatchObject({
      state: 'refused',
      problem: { name: 'trace-conflict', status: 409 }
    });
  });
});
