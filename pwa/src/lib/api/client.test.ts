import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { wakeFetch } from './client.ts';

let server: Server;
let path: string;
let asked: string[];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.method ?? '');
    response.end('late');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  path = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/me`;
});
afterAll(() => server.close());
beforeEach(() => {
  asked = [];
  globalThis.wakeEarly = { [path]: Promise.resolve(new Response('early')) };
});

const text = async (init?: RequestInit) => (await wakeFetch(path, init)).text();

test('what the page asked for before the scripts came serves once', async () => {
  expect(await text()).toBe('early');
  expect(await text()).toBe('late');
  expect(asked).toEqual(['GET']);
});

test('it does not outlive a write: after the log-in another employee is here', async () => {
  expect(await text({ method: 'POST' })).toBe('late');
  expect(await text()).toBe('late');
  expect(asked).toEqual(['POST', 'GET']);
});

test('one that failed on the way is an unreachable server', async () => {
  const failed = Promise.reject(new TypeError('network'));
  failed.catch(() => undefined);
  globalThis.wakeEarly = { [path]: failed };
  await expect(wakeFetch(path)).rejects.toMatchObject({ name: 'unreachable' });
});
