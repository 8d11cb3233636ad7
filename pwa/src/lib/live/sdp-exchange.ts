/** The HTTP half of WHIP (RFC 9725) and WHEP: one POST of an offer, one DELETE at the end. */

export class ExchangeRefused extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`the relay answered ${status}`);
    this.status = status;
  }
}

export type Resource = { close(): void };

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
