import { SvelteMap } from 'svelte/reactivity';
import { draft as askDraft, publishLesson, saveDraft, Problem } from '#lib/api/index.ts';
import type { Draft } from '#lib/api/index.ts';
import { uuid7 } from '#lib/ids.ts';
import { draft as kept, keepDraft } from '#lib/outbox/index.ts';
import { faults, type Fault } from './faults.ts';
import { begin, record, redo, undo, type History } from './history.ts';
import { Uploading, type Kind } from './uploading.svelte.ts';
import { changed, saveOf, writingOf, type Change, type Writing } from './writing.ts';

/** Where the newest words are: with the server, on the way, only on this device, or against another's. */
export type Saving = 'saved' | 'writing' | 'saving' | 'offline' | 'conflict' | 'refused';

interface Kept {
  revision: number;
  writing: Writing;
  /** Whether the server lacks it. */
  fresh: boolean;
}

const PAUSE_MS = 1000;
const AGAIN_MS = 8000;

/** A lesson being written: every change is kept on this device at once and saved when the hands rest. */
export class Workbench {
  /** The lesson as the server last told it. */
  draft = $state.raw() as Draft;
  saving = $state<Saving>('saved');
  problem = $state.raw<Problem>();
  /** What somebody else saved in between. */
  theirs = $state.raw<Draft>();
  selected = $state<string>();
  readonly uploads = new SvelteMap<string, Uploading>();
  #history = $state.raw() as History<Writing>;
  #revision = 0;
  #untitled: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #line: Promise<void> = Promise.resolve();
  // Minted anew only after the server took it: pressing again after a lost answer publishes once.
  #publication = uuid7();

  private constructor(draft: Draft, untitled: string) {
    this.draft = draft;
    this.#history = begin(writingOf(draft));
    this.#revision = draft.revision;
    this.#untitled = untitled;
    this.selected = draft.cards[0]?.id;
  }

  /** Goes on with what this device kept and the server lacks; `untitled` names what has no title yet. */
  static async open(draft: Draft, untitled: string): Promise<Workbench> {
    const bench = new Workbench(draft, untitled);
    const own = await kept<Kept>(bench.#key);
    // An offline answer may be older than what was saved after it.
    if (own && (own.fresh || own.revision > draft.revision)) {
      bench.#history = begin(own.writing);
      bench.#revision = own.revision;
      bench.saving = own.fresh ? 'writing' : 'saved';
      if (own.fresh) void bench.save();
    }
    return bench;
  }

  get writing(): Writing {
    return this.#history.now;
  }

  get faults(): Fault[] {
    return faults(this.writing.cards);
  }

  get undoable(): boolean {
    return this.#history.past.length > 0;
  }

  get redoable(): boolean {
    return this.#history.future.length > 0;
  }

  /** Changes with the same `key`, e.g. letters typed into one field, are undone together. */
  change(change: Change, key = ''): void {
    this.#become(record(this.#history, changed(this.writing, change), key, Date.now()));
  }

  undo(): void {
    this.#become(undo(this.#history));
  }

  redo(): void {
    this.#become(redo(this.#history));
  }

  /** Brings a file to the server and onto the card, which may be closed or changed meanwhile. */
  upload(card: string, file: File, kind: Kind): void {
    const uploading = new Uploading(file, kind, ({ id, url }) => {
      this.uploads.delete(card);
      const now = this.writing.cards.find((each) => each.id === card);
      if (now?.kind === kind) this.change({ act: 'edit', card: { ...now, file: id, url } });
    });
    this.uploads.get(card)?.cancel();
    this.uploads.set(card, uploading);
    void uploading.start();
  }

  cancelUpload(card: string): void {
    this.uploads.get(card)?.cancel();
    this.uploads.delete(card);
  }

  /** Saves what is newest. One save at a time, in order. */
  save(): Promise<void> {
    clearTimeout(this.#timer);
    this.#line = this.#line.then(() => this.#save());
    return this.#line;
  }

  /** Publishes what is on the screen; answers whether that worked. */
  async publish(): Promise<boolean> {
    await this.save();
    if (this.saving !== 'saved') return false;
    try {
      const body = { id: this.#publication, revision: this.#revision };
      this.draft = await publishLesson({ path: { lesson_id: this.draft.id }, body });
      this.#publication = uuid7();
      return true;
    } catch (reason) {
      await this.#failed(reason);
      return false;
    }
  }

  /** Mine replaces what the other one saved. */
  async keepMine(): Promise<void> {
    if (this.theirs) this.#revision = this.theirs.revision;
    this.theirs = undefined;
    this.saving = 'writing';
    await this.save();
  }

  /** Theirs takes the place of mine, which undo brings back. */
  takeTheirs(): void {
    if (!this.theirs) return;
    this.draft = this.theirs;
    this.#revision = this.theirs.revision;
    this.#history = record(this.#history, writingOf(this.theirs), '', Date.now());
    this.theirs = undefined;
    this.saving = 'saved';
    void this.#keep();
  }

  /** Leaves the bench; what is not saved yet stays on this device. */
  close(): void {
    clearTimeout(this.#timer);
    if (this.saving === 'writing') void this.save();
    for (const uploading of this.uploads.values()) uploading.cancel();
  }

  #become(history: History<Writing>): void {
    if (history.now === this.writing) return;
    this.#history = history;
    if (this.saving !== 'conflict') this.saving = 'writing';
    void this.#keep();
    this.#later(PAUSE_MS);
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.save(), ms);
  }

  async #save(): Promise<void> {
    if (this.saving === 'saved' || this.saving === 'conflict') return;
    const { writing } = this;
    this.saving = 'saving';
    this.problem = undefined;
    try {
      const body = saveOf(writing, this.#revision, this.#untitled);
      this.draft = await saveDraft({ path: { lesson_id: this.draft.id }, body });
      this.#revision = this.draft.revision;
      this.saving = writing === this.writing ? 'saved' : 'writing';
      await this.#keep();
    } catch (reason) {
      await this.#failed(reason);
    }
  }

  async #failed(reason: unknown): Promise<void> {
    if (!(reason instanceof Problem)) throw reason;
    this.problem = reason;
    this.saving = reason.unreachable ? 'offline' : 'refused';
    if (reason.unreachable) this.#later(AGAIN_MS);
    if (reason.name !== 'draft-changed') return;
    this.saving = 'conflict';
    this.theirs = await askDraft({ path: { lesson_id: this.draft.id } });
  }

  async #keep(): Promise<void> {
    const { writing, saving } = this;
    const own: Kept = { revision: this.#revision, writing, fresh: saving !== 'saved' };
    await keepDraft(this.#key, own);
  }

  get #key(): string {
    return `studio.${this.draft.id}`;
  }
}
