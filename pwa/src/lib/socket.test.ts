import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { backoff } from './backoff.ts';
import { ReconnectingSocket } from './socket.ts';

describe('back-off', () => {
  test('doubles from half a second to half a minute', () => {
    const longest = [0, 1, 2, 3, 4, 5, 6, 7, 50].map((attempt) => backoff(attempt, () => 1));
    expect(longest).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
  });

  test('never waits less than half of that', () => {
    expect(backoff(3, () => 0)).toBe(2000);
  });
});

/** The far end of a connection that the test opens, feeds and cuts. */
class Line {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  constructor(readonly url: string) {}
  close(): void {
    this.onclose?.();
  }
}

describe('a reconnecting socket', () => {
  let lines: Line[];
  let tickets: number;
  const heard: unknown[] = [];
  const opened: boolean[] = [];
  const make = (url = async () => `ws://test/?ticket=${++tickets}`) =>
    new ReconnectingSocket({
      url,
      message: (data) => heard.push(data),
      opened: (again) => opened.push(again),
      connect: (address) => {
        const line = new Line(address);
        lines.push(line);
        return line as unknown as WebSocket;
      }
    });

  beforeEach(() => {
    vi.useFakeTimers();
    lines = [];
    tickets = 0;
    heard.length = opened.length = 0;
  });
  afterEach(() => vi.useRealTimers());

  test('hands on what it hears', async () => {
    const socket = make();
    socket.start();
    await vi.advanceTimersByTimeAsync(0);
    lines[0]?.onopen?.();
    lines[0]?.onmessage?.({ data: '{"type":"live"}' });
    expect(heard).toEqual([{ type: 'live' }]);
    expect(opened).toEqual([false]);
    socket.stop();
  });

  test('comes back with a new ticket, and says that there was a gap', async () => {
    const socket = make();
    socket.start();
    await vi.advanceTimersByTimeAsync(0);
    lines[0]?.onopen?.();
    lines[0]?.close();
    await vi.advanceTimersByTimeAsync(backoff(0, () => 1));
    expect(lines.map(({ url }) => url)).toEqual(['ws://test/?ticket=1', 'ws://test/?ticket=2']);
    lines[1]?.onopen?.();
    expect(opened).toEqual([false, true]);
    socket.stop();
  });

  test('waits longer each time no ticket is to be had', async () => {
    let asked = 0;
    const socket = make(() => {
      asked++;
      return Promise.reject(new Error('offline'));
    });
    socket.start();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBeGreaterThan(5);
    expect(asked).toBeLessThan(12);
    socket.stop();
  });

  test('stays away once stopped', async () => {
    const socket = make();
    socket.start();
    await vi.advanceTimersByTimeAsync(0);
    socket.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lines).toHaveLength(1);
  });
});
