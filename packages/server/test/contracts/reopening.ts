/** Contract of every persistent store when it is reopened. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../../src/ports/store.ts';
import { command, PASSWORD_HASH, session, withLobby } from '../support/records.ts';

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
    await before.sessions.insertSession(stored, PASSWORD_HASH);
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
