import { openDB, type DBSchema, type IDBPDatabase } from 'idb';

/** An act that waits to be sent. Its id is the trace's id, so sending it twice does nothing twice. */
export interface Act {
  id: string;
  /** Who acted: never sent under somebody else's log-in. */
  employee: string;
  /** What kind of act it is, e.g. `check-in`: for those who wait for its answer. */
  kind: string;
  method: 'POST' | 'PUT';
  path: string;
  body: unknown;
  /** Place in the queue; milliseconds since the epoch. */
  at: number;
  /** A newer act in the same slot takes the older one's place while that still waits. */
  slot?: string;
}

interface Meta {
  key: 'employee';
  value: string;
}

/** `drafts` is for what a person is still writing (lessons, answers); the key is the screen's own. */
interface Schema extends DBSchema {
  acts: { key: string; value: Act; indexes: { employee: string } };
  drafts: { key: string; value: { key: string; employee: string; value: unknown; at: number } };
  meta: { key: string; value: Meta };
}

let opened: Promise<IDBPDatabase<Schema>> | undefined;

/** The one database of the app, shared with the service worker. */
export function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>('wake', 1, {
    upgrade(db) {
      db.createObjectStore('acts', { keyPath: 'id' }).createIndex('employee', 'employee');
      db.createObjectStore('drafts', { keyPath: 'key' });
      db.createObjectStore('meta', { keyPath: 'key' });
    }
  });
  return opened;
}

/** The employee who is logged in on this device, or none. */
export async function currentEmployee(): Promise<string | undefined> {
  return (await (await database()).get('meta', 'employee'))?.value;
}

export async function setEmployee(employee: string): Promise<void> {
  await (await database()).put('meta', { key: 'employee', value: employee });
}

/** Forgets who was logged in and all that waits of theirs. */
export async function forgetEmployee(): Promise<void> {
  const db = await database();
  const employee = await currentEmployee();
  const transaction = db.transaction(['acts', 'drafts', 'meta'], 'readwrite');
  for (const id of await transaction.objectStore('acts').getAllKeys()) {
    const act = await transaction.objectStore('acts').get(id);
    if (act?.employee === employee) await transaction.objectStore('acts').delete(id);
  }
  for (const draft of await transaction.objectStore('drafts').getAll()) {
    if (draft.employee === employee) await transaction.objectStore('drafts').delete(draft.key);
  }
  await transaction.objectStore('meta').delete('employee');
  await transaction.done;
}

/** The acts of `employee` that wait, oldest first. */
export async function waitingActs(employee: string): Promise<Act[]> {
  const acts = await (await database()).getAllFromIndex('acts', 'employee', employee);
  return acts.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
}

export async function keepAct(act: Act): Promise<void> {
  const transaction = (await database()).transaction('acts', 'readwrite');
  if (act.slot) {
    const others = await transaction.store.index('employee').getAll(act.employee);
    for (const other of others) if (other.slot === act.slot) await transaction.store.delete(other.id);
  }
  await transaction.store.put(act);
  await transaction.done;
}

export async function dropAct(id: string): Promise<void> {
  await (await database()).delete('acts', id);
}

/** What was being written under `key`, or undefined. */
export async function draft<Value>(key: string): Promise<Value | undefined> {
  const kept = await (await database()).get('drafts', key);
  return kept && kept.employee === (await currentEmployee()) ? (kept.value as Value) : undefined;
}

export async function keepDraft(key: string, value: unknown): Promise<void> {
  const employee = await currentEmployee();
  if (employee) await (await database()).put('drafts', { key, employee, value, at: Date.now() });
}

export async function dropDraft(key: string): Promise<void> {
  await (await database()).delete('drafts', key);
}
