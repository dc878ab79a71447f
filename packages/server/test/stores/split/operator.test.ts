/** Commands of `parley rooms` over the database alone, while servers have the messages elsewhere. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RoomAdministration } from '../../../src/domain/rooms/room-administration.ts';
import { storesOver } from '../../../src/stores/split/store.ts';
import { openSqliteAccounts } from '../../../src/stores/sqlite/stored-accounts.ts';
import { openMemoryMessageLog } from '../../support/memory-message-log.ts';
import { command, NOON_MS, withLobby } from '../../support/records.ts';
import { openTestStore as openSqliteStore } from '../../support/sqlite-store.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

test('rooms are archived, handed over and deleted beside servers with messages elsewhere', async () => {
  const directory = temporaryDirectory();
  const store = await storesOver(openMemoryMessageLog(), await openSqliteStore(directory), {
    onFailure: (error) => {
      throw error;
    },
  });
  const { alice, bob, lobby } = await withLobby(store);
  const { id: roomId } = lobby;
  const beside = openSqliteAccounts(directory);
  const clock = { nowMs: () => NOON_MS + 1000 };
  const rooms = new RoomAdministration({ ...beside, clock, operator: 'root@host' });
  const write = async () =>
    (await store.log.commit([command({ roomId, userId: alice.id })])).map((outcome) =>
      outcome.kind === 'rejected' ? outcome.code : outcome.kind,
    );
  const roleOf = async (who: typeof alice) =>
    (await store.rooms.findRoom({ kind: 'id', id: roomId }, who.id))?.role;

  assert.deepEqual(await write(), ['stored']);
  await rooms.setArchived(lobby.name, true);
  assert.deepEqual(await write(), ['FORBIDDEN']);
  await rooms.setArchived(roomId, false);
  assert.deepEqual(await write(), ['stored']);
  await rooms.setOwner(roomId, bob.username);
  assert.deepEqual([await roleOf(bob), await roleOf(alice)], ['owner', 'moderator']);

  await rooms.delete(roomId);
  assert.equal(await store.rooms.findRoom({ kind: 'id', id: roomId }, bob.id), undefined);
  assert.notEqual((await write())[0], 'stored');
  assert.deepEqual(await store.rooms.listHiddenRooms(undefined, 9), [roomId]);
  assert.equal(await store.rooms.deleteRoom(roomId, 100), true);
  assert.deepEqual((await store.log.readEvents(roomId, 0, 9)).events, []);
  assert.deepEqual(await store.rooms.listHiddenRooms(undefined, 9), []);
  await beside.close();
  await store.close();
});
