import { Problem, problemIn, type File as Stored } from '#lib/api/index.ts';
import { shrunk } from './picture.ts';

export type Kind = 'image' | 'video';

/** Bytes that the server takes (`backend/features/files`). */
const LIMIT: Record<Kind, number> = { image: 10 * 2 ** 20, video: 200 * 2 ** 20 };

/** A file on its way to the server: progress, cancel, retry. `fetch` cannot tell how much it has sent. */
export class Uploading {
  /** 0–1. */
  share = $state(0);
  problem = $state.raw<Problem>();
  readonly name: string;
  #request: XMLHttpRequest | undefined;
  #cancelled = false;
  #file: File;
  #kind: Kind;
  #stored: (file: Stored) => void;

  constructor(file: File, kind: Kind, stored: (file: Stored) => void) {
    this.name = file.name;
    this.#file = file;
    this.#kind = kind;
    this.#stored = stored;
  }

  async start(): Promise<void> {
    this.problem = undefined;
    this.share = 0;
    try {
      const body = await this.#body();
      if (this.#cancelled) return;
      this.#stored(await this.#send(body));
    } catch (reason) {
      if (this.#cancelled) return;
      this.problem = reason instanceof Problem ? reason : new Problem('unlike-its-type', 422);
    }
  }

  cancel(): void {
    this.#cancelled = true;
    this.#request?.abort();
  }

  async #body(): Promise<Blob> {
    if (this.#kind === 'video' && this.#file.type !== 'video/mp4')
      throw new Problem('unsupported-media-type', 415);
    const body = this.#kind === 'image' ? await shrunk(this.#file) : this.#file;
    if (body.size > LIMIT[this.#kind]) throw new Problem('too-large', 413);
    return body;
  }

  #send(body: Blob): Promise<Stored> {
    const request = new XMLHttpRequest();
    this.#request = request;
    return new Promise((resolve, reject) => {
      request.upload.onprogress = ({ loaded, total }) => (this.share = total ? loaded / total : 0);
      request.onerror = () => reject(new Problem('unreachable', 0));
      request.onload = () => {
        const { status, responseText } = request;
        if (status < 300) resolve(JSON.parse(responseText) as Stored);
        else reject(problemIn(status, responseText));
      };
      request.open('POST', `/api/files?name=${encodeURIComponent(this.name)}`);
      request.setRequestHeader('Content-Type', body.type);
      request.send(body);
    });
  }
}
