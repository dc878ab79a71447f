import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClientMessageId } from '@parley/protocol';
import type { OutboxEntry } from '../../../src/core/outbox/outbox-state.ts';
import {
  type OutboxStorage,
  persistIn,
  type StoredEntry,
} from '../../../src/core/outbox/outbox-storage.ts';
import { Store } from '../../../src/core/store.ts';
import { LOBBY } from '../../fakes/builders.ts';

function storageOf(...entries: StoredEntry[]): OutboxStorage & { held: Map<string, StoredEntry> } {
  const held = new Map(entries.map((entry) => [entry.clientMessageId, entry]));
  return {
    held,
    read: () => [...held.values()],
    write: (entry) => held.set(entry.clientMessageId, entry),
    remove: (id) => held.delete(id),
  };
}

function stored(id: string, composedAtMs: number): StoredEntry {
  return { clientMessageId: id as ClientMessageId, roomId: LOBBY, content: id, composedAtMs };
}

const entry = (id: string, state: OutboxEntry['state']): OutboxEntry => {
  return { ...stored(id, 1), attempts: 0, state };
};

function open(storage: OutboxStorage) {
  const store = new Store<{ outbox: readonly OutboxEntry[] }>({ outbox: [] });
  const outbox = store.cell('outbox');
  persistIn(storage)(outbox, store.subscribe, { onRestored: () => {}, onStored: () => {} });
  return outbox;
}

describe('a persistent outbox', () => {
  test('starts with the stored entries in the order of writing, queued or failed', () => {
    const failure = { code: 'FORBIDDEN', message: 'no' } as const;
    const outbox = open(storageOf({ ...stored('b', 2), failure }, stored('a', 1)));

    const shown = outbox.get().map(({ content, state }) => [content, state.kind]);
    assert.deepEqual(shown, [
      ['a', 'queued'],
      ['b', 'failed'],
    ]);
  });

  test('stores an entry when it is added or fails, and removes it when it is sent', () => {
    const storage = storageOf();
    const outbox = open(storage);

    outbox.set([entry('a', { kind: 'queued' }), entry('b', { kind: 'queued' })]);
    assert.deepEqual([...storage.held.keys()], ['a', 'b']);
    const failed = { kind: 'failed', code: 'FORBIDDEN', message: 'no' } as const;
    outbox.set([entry('b', failed)]);

    assert.deepEqual([...storage.held.keys()], ['b']);
    assert.equal(storage.held.get('b')?.failure?.code, 'FORBIDDEN');
    outbox.set([]);
    assert.equal(storage.held.size, 0);
  });
});
