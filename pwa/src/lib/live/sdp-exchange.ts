/** The HTTP half of WHIP (RFC 9725) and WHEP: one POST of an offer, one DELETE at the end. */

export class ExchangeRefused extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`the relay answered ${status}`);
    this.status = status;
  }
}

/** The picture a viewer wishes: what the line carries, the smallest, or only sound. */
export type Wish = 'auto' | 'low' | 'none';

/** `servers` are the STUN and TURN servers the relay named, for the next connection. */
export type Resource = { servers: RTCIceServer[]; wish(video: Wish): void; close(): void };

/**
 * Offers `pc` to `url` and applies the answer.
 * Candidates are not awaited: the relay is ICE-lite and learns ours from the checks.
 * @throws ExchangeRefused with the relay's status; TypeError when the network is away.
 */
export async function exchange(
  pc: RTCPeerConnection,
  url: string,
  token: string,
  signal: AbortSignal
): Promise<Resource> {
  await pc.setLocalDescription();
  const reply = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp', authorization: `Bearer ${token}` },
    body: pc.localDescription?.sdp ?? '',
    signal
  });
  if (reply.status !== 201) throw new ExchangeRefused(reply.status);
  const location = new URL(reply.headers.get('location') ?? '', url);
  await pc.setRemoteDescription({ type: 'answer', sdp: await reply.text() });
  return {
    servers: iceServers(reply.headers.get('link') ?? ''),
    wish(video) {
      fetch(location, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ video })
      }).catch(() => {}); // another relay may not know it: the picture is then as it was
    },
    close() {
      pc.close();
      // keepalive lets the goodbye leave while the page is being closed
      fetch(location, {
        method: 'DELETE',
        headers: { authorization: `Bearer ${token}` },
        keepalive: true
      }).catch(() => {});
    }
  };
}

const LINK = /<((?:stun|turn)s?:[^>]+)>((?:\s*;\s*[\w-]+="[^"]*")*)/g;

/** What the links of relation `ice-server` name (RFC 9725 §4.6). */
export function iceServers(link: string): RTCIceServer[] {
  return [...link.matchAll(LINK)].flatMap(([, urls = '', rest = '']) => {
    const told = Object.fromEntries(
      [...rest.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, text]) => [name, text])
    );
    if (told['rel'] !== 'ice-server') return [];
    const { username, credential } = told;
    return [
      { urls, ...(username !== undefined && { username }), ...(credential !== undefined && { credential }) }
    ];
  });
}
