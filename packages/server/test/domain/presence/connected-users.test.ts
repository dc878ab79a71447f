import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConnectedUsers } from '../../../src/domain/core/connected-users.ts';
import type { UserMessage } from '../../../src/model/bus-message.ts';
import type { Bus } from '../../../src/ports/bus.ts';
import { ChatHarness } from '../../support/chat-harness.ts';
import { newRoomId, room } from '../../support/records.ts';

/** An empty registry, and what it does on a bus with other nodes. */
function openRegistry({ isShared = false } = {}) {
  const actions: string[] = [];
  const received: UserMessage[] = [];
  const tasks: Promise<unknown>[] = [];
  let deliver: ((message: UserMessage) => void) | undefined;
  const bus = {
    isShared,
    publish: (topic: string) => actions.push(`publish ${topic}`),
    subscribe: async (topic: string, _id: string, onMessage: typeof deliver) => {
      actions.push(`subscribe ${topic}`);
      deliver = onMessage;
      return () => actions.push(`unsubscribe ${topic}`);
    },
  } as unknown as Bus; // Only what the registry uses.
  const users = new ConnectedUsers({
    bus,
    background: { run: (task) => tasks.push(task) },
    onUserMessage: (_, message) => received.push(message),
    onSubscribed: () => actions.push('subscribed'),
  });
  const settle = () => Promise.all(tasks);
  return {
    users,
    actions,
    received,
    settle,
    deliver: (message: UserMessage) => deliver?.(message),
  };
}

async function openClients() {
  const harness = new ChatHarness();
  const { connection } = await harness.connect('alice');
  const { connection: tab } = await harness.connect('alice');
  return { alice: connection.user, connection, tab };
}

const LOBBY = { roomId: newRoomId(), kind: 'room' } as const;

describe('ConnectedUsers', () => {
  test('counts a user with several connections once', async () => {
    const { users } = openRegistry();
    const { alice, connection, tab } = await openClients();

    users.addConnection(connection, []);
    users.addConnection(tab, []);

    assert.equal(users.count, 1);
    assert.deepEqual([...users.ids()], [alice.id]);
    assert.deepEqual(users.connectionsOf(alice.id), [connection, tab]);
  });

  test('keeps the user and the memberships after the last connection, until the user is removed', async () => {
    const { users } = openRegistry();
    const { alice, connection, tab } = await openClients();
    const connected = users.addConnection(connection, [LOBBY]);
    users.addConnection(tab, []);

    const wasLast = [connection, tab, tab].map((each) => users.removeConnection(each));

    assert.deepEqual(wasLast, [false, true, false]);
    assert.equal(users.isMember(alice.id, LOBBY.roomId), true);
    users.remove(connected);
    assert.equal(users.count, 0);
    assert.equal(users.isMember(alice.id, LOBBY.roomId), false);
    assert.deepEqual([...users.memberRooms.keys()], []);
  });

  test('knows a room as long as a member of it is connected', async () => {
    const { users } = openRegistry();
    const { alice, connection } = await openClients();
    users.addConnection(connection, [LOBBY]);

    assert.equal(users.kindOf(LOBBY.roomId), 'room');
    assert.deepEqual([...users.withoutRoom(LOBBY.roomId)], [connection]);
    users.leftRoom(alice.id, LOBBY.roomId);

    assert.equal(users.kindOf(LOBBY.roomId), undefined);
    assert.deepEqual([...users.withoutRoom(LOBBY.roomId)], []);
  });

  test('reports a new membership to the other nodes once, also of a user who is not here', async () => {
    const { users, actions } = openRegistry();
    const { alice, connection } = await openClients();
    const lobby = room('lobby');

    users.joinedRoom(alice.id, lobby);
    assert.deepEqual(actions, ['publish user']);
    users.addConnection(connection, []);
    users.joinedRoom(alice.id, lobby);
    users.joinedRoom(alice.id, lobby);

    assert.deepEqual(actions, ['publish user', 'publish user']);
    assert.deepEqual([...users.roomIdsOf(alice.id)], [lobby.id]);
  });

  test('receives what other nodes send about a user, from the first connection to the removal', async () => {
    const { users, actions, received, settle, deliver } = openRegistry({ isShared: true });
    const { connection, tab } = await openClients();
    const message = { kind: 'membership', room: room('lobby') } as const;

    const connected = users.addConnection(connection, []);
    users.addConnection(tab, []);
    await settle();
    deliver(message);
    users.remove(connected);
    await settle();

    assert.deepEqual(received, [message]);
    assert.deepEqual(actions, ['subscribe user', 'subscribed', 'unsubscribe user']);
  });
});
