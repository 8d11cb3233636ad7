import { expect, test } from 'vitest';
import { address, createClient } from './lean-client.ts';

test('fills the path and leaves out what is not asked for', () => {
  expect(
    address({ url: '/api/a/{id}/b', path: { id: 'x/y' }, query: { since: 0, after: null, all: undefined } })
  ).toBe('/api/a/x%2Fy/b?since=0');
});

test('sends JSON and answers with JSON, or with nothing', async () => {
  const answers = [Response.json({ n: 1 }, { status: 201 }), new Response(null, { status: 204 })];
  const sent: unknown[] = [];
  const client = createClient({
    fetch: async (url, init) => {
      sent.push([init?.method, url, init?.body]);
      return answers.shift() ?? Response.error();
    }
  });
  expect(await client.post({ url: '/api/x', body: { a: 1 } })).toEqual({ n: 1 });
  expect(await client.delete({ url: '/api/x' })).toBeUndefined();
  expect(sent).toEqual([
    ['POST', '/api/x', '{"a":1}'],
    ['DELETE', '/api/x', undefined]
  ]);
});
