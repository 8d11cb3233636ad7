import { expect, it } from 'vitest';
import { iceServers } from './sdp-exchange.ts';

it('reads the STUN and TURN servers of a Link header and passes over other links', () => {
  const credential = 'username="1700000000:me"; credential="a+b/c="; credential-type="password"';
  const link =
    `<turn:t.example:3478?transport=udp>; rel="ice-server"; ${credential}, ` +
    `<stun:s.example>; rel="ice-server", <https://x.example/>; rel="next", <turn:evil.example>; rel="other"`;
  expect(iceServers(link)).toEqual([
    { urls: 'turn:t.example:3478?transport=udp', username: '1700000000:me', credential: 'a+b/c=' },
    { urls: 'stun:s.example' }
  ]);
  expect(iceServers('')).toEqual([]);
});
