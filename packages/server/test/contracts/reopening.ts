/** Contract of every persistent store when it is reopened. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../../src/ports/store.ts';
import { command, NOON_MS, session, withDirectRoom, withLobby } from '../support/records.ts';

/** Indexes of the version that bounded the reads. */
export const NEW_INDEXES: readonly string[] = [
  'reactions_by_order',
  'read_receipts_by_position',
  'memberships_by_age',
  'memberships_of_owners',
  'workspace_members_by_role',
  'rooms_public',
  'rooms_channels',
  'sessions_by_user',
  'login_attempts_by_end',
  'messages_pinned',
  'users_by_display_name',
];

/** @param newPlace Returns the location of an empty store, for `open`. */
export function testReopening<Location>(
  newPlace: () => Location | Promise<Location>,
  open: (location: Location) => Promise<Store>,
): void {
  test('keeps everything after it was closed and reopened, and continues the numbering', async () => {
    const location = await newPlace();
    const before = await open(location);
    const { alice, lobby } = await withLobby(before);
    const stored = session({ userId: alice.id });
    await before.sessions.insertSession(stored, 'hash of alice');
    await before.log.commit([
      command({ roomId: lobby.id, userId: alice.id, clientMessageId: 'c1' }),
    ]);
    const read = {
      roomId: lobby.id,
      userId: alice.id,
      position: undefined,
      historyCount: 9,
      bytesMax: 1_000_000,
      catchUpMax: 9,
    };
    const state = await before.log.readRoom(read);
    await before.close();

    const after = await open(location);

    assert.deepEqual(await after.log.readRoom(read), state);
    assert.deepEqual(await after.sessions.findSession(stored.key), {
      session: stored,
      user: alice,
    });
    const [again, next] = await after.log.commit([
      command({ roomId: lobby.id, userId: alice.id, clientMessageId: 'c1' }),
      command({ roomId: lobby.id, userId: alice.id }),
    ]);
    assert.equal(again?.kind, 'duplicate');
    assert.equal(next?.kind === 'stored' && next.event.sequence, 2);
    await after.close();
  });
}

/** @param forgetSteps Downgrades a closed store to the version without read steps. */
export function testReadBefore<Location>(
  newPlace: () => Location | Promise<Location>,
  open: (location: Location) => Promise<Store>,
  forgetSteps: (location: Location) => void | Promise<void>,
): void {
  test('reports messages as read up to the position if it was set before steps were stored', async () => {
    const location = await newPlace();
    const before = await open(location);
    const { bob, roomId, readUpTo } = await withDirectRoom(before);
    for (const sequence of [1, 2]) await readUpTo(before, sequence);
    await before.close();
    await forgetSteps(location);

    const store = await open(location);
    await readUpTo(store, 3);

    const steps = await store.rooms.listReadSteps(roomId, { from: 1, limit: 3 });
    await store.close();
    assert.deepEqual(
      steps.filter(({ userId }) => userId === bob.id).map(({ sequence }) => sequence),
      [2, 3],
    );
    assert.deepEqual(
      steps.filter(({ userId }) => userId === bob.id).map(({ readAtMs }) => readAtMs - NOON_MS),
      [2, 3],
    );
  });
}
