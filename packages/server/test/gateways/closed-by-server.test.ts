/** Clients whose connection the server closes come back: until the grace period ends, they are not shown as offline. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { DOMAIN_DEFAULTS } from '../../src/domain/settings.ts';
import type { RoomStore } from '../../src/ports/room-store.ts';
import { StoreUnavailable } from '../../src/ports/store.ts';
import { ChatHarness, type Client } from '../support/chat-harness.ts';
import { GatewayHarness, type RawClient } from '../support/gateway-harness.ts';
import { openSqliteInMemory } from '../support/sqlite-in-memory.ts';
import { until } from '../support/wait.ts';

describe('a client whose connection the server closes is not shown as offline at once', () => {
  let harness: GatewayHarness;
  let alice: Client;
  let isReadable: boolean;
  beforeEach(async () => {
    isReadable = true;
    const store = openSqliteInMemory();
    const listRoomsOf: RoomStore['listRoomsOf'] = (...args) =>
      isReadable ? store.rooms.listRoomsOf(...args) : Promise.reject(new StoreUnavailable('gone'));
    const rooms = { ...store.rooms, listRoomsOf };
    harness = await GatewayHarness.start({}, new ChatHarness({ store: { ...store, rooms } }));
    alice = await harness.chat.connect('alice');
    // Presence is sent to users who share a room.
    await harness.chat.userOf('bob');
    await alice.sendTo('bob', 'hello');
  });
  afterEach(() => harness.close());

  const connectionsOfBob = async () => {
    const { id } = await harness.chat.userOf('bob');
    return harness.chat.chat.connectedUsers.connectionsOf(id);
  };
  const endsQuietly = async (end: () => Promise<unknown>) => {
    const isShownOffline = () =>
      alice.received.some((each) => each.kind === 'presence' && each.member.status === 'offline');

    await end();
    await until(async () => (await connectionsOfBob()).length === 0, 'the end of the connection');

    assert.equal(isShownOffline(), false);
    harness.chat.clock.advance(DOMAIN_DEFAULTS.presenceGraceMs);
    assert.equal(isShownOffline(), true);
  };

  const OPENINGS: Readonly<Record<string, (bob: RawClient, roomId: string) => Promise<unknown>>> = {
    '/ws/chat': (bob, channelId) => {
      bob.send(JSON.stringify({ type: 'join_channel', channelId }));
      return bob.next('joined_channel');
    },
    '/messagepal': async () => {},
  };
  for (const [path, open] of Object.entries(OPENINGS)) {
    test(`because it is too far behind at ${path}`, async () => {
      const bob = await harness.connect(path, 'bob');
      await open(bob, alice.connection.openRooms[0]?.roomId ?? '');
      await until(async () => (await connectionsOfBob())[0]?.openRooms.length === 1, 'the room');
      const [subscription] = (await connectionsOfBob())[0]?.openRooms ?? [];
      assert(subscription !== undefined);

      await endsQuietly(async () => {
        harness.chat.chat.subscriptions.resync(subscription);
        assert.equal(await bob.end(), 1013);
      });
    });
  }

  test('because its rooms cannot be read when it comes back', async () => {
    const bob = await harness.connect('/ws', 'bob');
    bob.close();
    await until(async () => (await connectionsOfBob()).length === 0, 'the loss');
    isReadable = false;

    await endsQuietly(async () => {
      const again = await harness.connect('/ws', 'bob').catch(() => undefined);
      assert.equal(again, undefined);
    });
  });

  for (const path of ['/ws', '/ws/chat', '/messagepal', '/socket.io/']) {
    test(`because the server stops, at ${path}`, async () => {
      await harness.connect(path, 'bob');
      await until(async () => (await connectionsOfBob()).length === 1, 'the connection');

      await endsQuietly(() => harness.shutdown(path));
    });
  }
});
