import { backoff } from './backoff.ts';

/** What a reconnecting socket needs to know. */
export interface SocketOptions {
  /** Asked before every connection, as tickets are good once. Rejects when there is none to be had now. */
  url: () => Promise<string>;
  message: (data: unknown) => void;
  /** `again` is true after a gap: something may have been missed. */
  opened?: (again: boolean) => void;
  closed?: () => void;
  /** For tests. */
  connect?: (url: string) => WebSocket;
}

/**
 * A WebSocket that comes back by itself: at once when the network returns or the app is looked at again,
 * else with back-off. Messages are JSON.
 */
export class ReconnectingSocket {
  #options: SocketOptions;
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #seen = false;
  #stopped = true;
  #opening = false;

  constructor(options: SocketOptions) {
    this.#options = options;
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    globalThis.addEventListener?.('online', this.#hurry);
    globalThis.document?.addEventListener('visibilitychange', this.#hurry);
    void this.#open();
  }

  stop(): void {
    this.#stopped = true;
    globalThis.removeEventListener?.('online', this.#hurry);
    globalThis.document?.removeEventListener('visibilitychange', this.#hurry);
    clearTimeout(this.#timer);
    this.#socket?.close();
    this.#socket = undefined;
  }

  #hurry = (): void => {
    if (this.#socket || this.#opening || globalThis.document?.visibilityState === 'hidden') return;
    clearTimeout(this.#timer);
    this.#attempt = 0;
    void this.#open();
  };

  async #open(): Promise<void> {
    this.#opening = true;
    const url = await this.#options.url().catch(() => undefined);
    this.#opening = false;
    if (this.#stopped) return;
    if (url === undefined) return this.#later();
    const socket = this.#options.connect?.(url) ?? new WebSocket(url);
    this.#socket = socket;
    socket.onopen = () => {
      this.#attempt = 0;
      this.#options.opened?.(this.#seen);
      this.#seen = true;
    };
    socket.onmessage = ({ data }: MessageEvent<string>) => this.#options.message(JSON.parse(data));
    socket.onclose = () => this.#lost(socket);
  }

  #lost(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    this.#options.closed?.();
    this.#later();
  }

  #later(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.#open(), backoff(this.#attempt++));
  }
}

/** The address of `path` for a WebSocket on the app's own origin. */
export function socketUrl(path: string): string {
  return new URL(path, location.origin.replace(/^http/, 'ws')).href;
}
