import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomId, UserId } from '@parley/client';
import { type DraftStorage, STORED_DRAFT_LENGTH_MAX } from '../../src/drafts/draft-storage.ts';
import { DRAFTS_MAX, Drafts, draftKeys, editKey, filesKey } from '../../src/drafts/drafts.ts';

const ALICE = 'u-alice' as UserId;
const CAROL = 'u-carol' as UserId;
const LOBBY = 'r-lobby' as RoomId;
const OPS = 'r-ops' as RoomId;

/** The storage of one tab, and its content. */
function newTab(): { readonly storage: DraftStorage; readonly items: Map<string, string> } {
  const items = new Map<string, string>();
  return {
    items,
    storage: () => ({
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => items.set(key, value),
      removeItem: (key) => items.delete(key),
    }),
  };
}

const FORBIDDEN: DraftStorage = () => {
  throw new Error('SecurityError');
};

describe('Drafts', () => {
  test('lists the drafts, and reports changes here and in other tabs', () => {
    const tab = newTab();
    const [one, other] = [new Drafts(ALICE, tab.storage), new Drafts(ALICE, tab.storage)];
    const seen: unknown[] = [];
    const end = other.subscribe(() => seen.push(other.entries()));
    const empty = other.entries();
    assert.equal(other.entries(), empty);

    one.write(LOBBY, 'half a sent');
    other.reload();
    other.write(LOBBY, '');
    end();
    other.write(OPS, 'unseen');

    assert.deepEqual(seen, [[[LOBBY, 'half a sent']], []]);
  });

  test('reports what another tab has sent, and keeps what a tab has typed since', () => {
    const tab = newTab();
    const [one, other] = [new Drafts(ALICE, tab.storage), new Drafts(ALICE, tab.storage)];
    one.write(LOBBY, 'hello');
    one.write(OPS, 'half');
    other.reload();
    const removed: unknown[] = [];
    other.subscribe((keys) => removed.push(...keys));

    one.clear(LOBBY, 'hello');
    other.reload();
    other.write(OPS, 'half a sentence');
    one.reload();
    one.clear(OPS, 'half');
    other.reload();

    assert.deepEqual(removed, [LOBBY]);
    assert.deepEqual([one.read(OPS), other.read(OPS)], ['half a sentence', 'half a sentence']);
  });

  test('counts a text and its files as one draft, the last changed first', () => {
    const drafts = new Drafts(ALICE, newTab().storage);
    drafts.write(filesKey(LOBBY), '[]');
    drafts.write(OPS, 'text');
    drafts.write(filesKey('thread/m1'), '[]');
    drafts.write('people/bob', ' ');
    drafts.write(LOBBY, 'text');
    drafts.write(`reply/${LOBBY}`, 'm1 m1');

    assert.deepEqual(draftKeys(drafts.entries()), [LOBBY, 'thread/m1', OPS]);
  });

  test('finds the edit of a place that was changed last, also after a reload', () => {
    const { storage } = newTab();
    const drafts = new Drafts(ALICE, storage);
    drafts.write(editKey(LOBBY, 'm1'), 'first');
    drafts.write(editKey(LOBBY, 'm2'), 'second');
    drafts.write(editKey('thread/m1', 'm3'), 'in the thread');
    drafts.write(LOBBY, 'not sent');

    const reloaded = new Drafts(ALICE, storage);

    assert.deepEqual(
      ([LOBBY, 'thread/m1', OPS] as const).map((place) => reloaded.editedIn(place)),
      ['m2', 'm3', undefined],
    );
    assert.equal(reloaded.read(editKey(LOBBY, 'm1')), 'first');
  });

  test('keeps a text that is too long for the storage when another tab stores something', () => {
    const drafts = new Drafts(ALICE, newTab().storage);
    const long = 'x'.repeat(STORED_DRAFT_LENGTH_MAX + 1);
    drafts.write(LOBBY, long);
    drafts.write(OPS, 'short');

    drafts.reload();

    assert.equal(drafts.read(LOBBY), long);
    assert.equal(drafts.read(OPS), 'short');
  });

  test('keeps one text per room, until it is emptied', () => {
    const drafts = new Drafts(ALICE, newTab().storage);
    assert.equal(drafts.read(LOBBY), '');

    drafts.write(LOBBY, 'half a sent');
    assert.equal(drafts.read(LOBBY), 'half a sent');
    drafts.write(LOBBY, '');

    assert.equal(drafts.read(LOBBY), '');
  });

  test('removes the least recently changed draft above its limit', () => {
    const { storage } = newTab();
    const drafts = new Drafts(ALICE, storage);
    for (let n = 0; n < DRAFTS_MAX; n += 1) drafts.write(`r${n}` as RoomId, 'text');
    drafts.write('r0' as RoomId, 'touched');
    drafts.write('one more' as RoomId, 'text');

    for (const kept of [drafts, new Drafts(ALICE, storage)]) {
      assert.equal(kept.read('r0' as RoomId), 'touched');
      assert.equal(kept.read('r1' as RoomId), '');
      assert.equal(kept.read('one more' as RoomId), 'text');
    }
  });

  test('finds the drafts again after a reload, per user', () => {
    const { storage } = newTab();
    new Drafts(ALICE, storage).write(LOBBY, 'of alice');
    new Drafts(CAROL, storage).write(LOBBY, 'of carol');

    assert.equal(new Drafts(ALICE, storage).read(LOBBY), 'of alice');
    assert.equal(new Drafts(CAROL, storage).read(LOBBY), 'of carol');
  });

  test('leaves no text in the tab after sending or logging out', () => {
    const { storage, items } = newTab();
    const drafts = new Drafts(ALICE, storage);
    drafts.write(LOBBY, 'sent');
    drafts.write(LOBBY, '');
    assert.equal(items.size, 0);

    drafts.write(OPS, 'never sent');
    drafts.end();

    assert.deepEqual([items.size, drafts.read(OPS)], [0, '']);
  });

  test('stores nothing that is written after logging out', () => {
    const { storage, items } = newTab();
    const drafts = new Drafts(ALICE, storage);
    drafts.end();
    drafts.write(LOBBY, 'typed before the page changed');

    assert.deepEqual([items.size, drafts.read(LOBBY)], [0, '']);
  });

  test('keeps a very long draft in memory only', () => {
    const { storage } = newTab();
    const drafts = new Drafts(ALICE, storage);
    drafts.write(LOBBY, 'x'.repeat(STORED_DRAFT_LENGTH_MAX));
    drafts.write(OPS, 'x'.repeat(STORED_DRAFT_LENGTH_MAX + 1));

    const reloaded = new Drafts(ALICE, storage);

    assert.equal(reloaded.read(LOBBY).length, STORED_DRAFT_LENGTH_MAX);
    assert.equal(reloaded.read(OPS), '');
    assert.equal(drafts.read(OPS).length, STORED_DRAFT_LENGTH_MAX + 1);
  });

  test('works without storage, or with other content in it', () => {
    const drafts = new Drafts(ALICE, FORBIDDEN);
    drafts.write(LOBBY, 'text');
    assert.equal(drafts.read(LOBBY), 'text');

    for (const value of ['{', '{}', '[["r-lobby"]]', '[[1,2]]', 'null']) {
      const { storage, items } = newTab();
      items.set(`parley.drafts.${ALICE}`, value);
      assert.equal(new Drafts(ALICE, storage).read(LOBBY), '');
    }
  });
});
