/** Presence in a group as each dialect shows it, against a whole server. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FlatClient } from '../support/flat-client.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient } from '../support/socketio-client.ts';
import type { TestSocket } from '../support/test-socket.ts';
import { until } from '../support/wait.ts';

interface Present {
  readonly userId: string;
  readonly status: string;
  readonly lastSeen: string;
}

describe('presence in a group', () => {
  let server: TestServer;
  let groups = 0;
  before(async () => {
    server = await TestServer.start();
  });
  after(() => server.close());

  const idOf = (client: TestSocket) => client.ofType('connection_established')[0]?.user.id;

  /** A group of three users without other common rooms; all have it open in the native dialect. */
  const newGroup = async () => {
    groups += 1;
    const names = ['alice', 'bob', 'carol'].map((name) => `${name}-${groups}`);
    const clients: TestSocket[] = [];
    for (const name of names) clients.push(await server.connect(name));
    const [alice, ...others] = clients;
    assert(alice !== undefined);
    const { roomId } = await alice.ask(
      'create_group',
      { userIds: others.map(idOf), name: 'Trip' },
      'group_created',
    );
    return { roomId, names, clients };
  };

  test('is part of the answer to its creator', async () => {
    const [alice, bob] = [await server.connect('maker'), await server.connect('busy')];
    await bob.ask('set_presence', { status: 'busy', statusText: 'on the phone' });

    const { members } = await alice.ask('create_group', { userIds: [idOf(bob)] }, 'group_created');

    assert.deepEqual(
      members.map(({ lastSeen: _, ...member }) => member),
      [
        { userId: idOf(alice), username: 'maker', status: 'online', isOnline: true },
        {
          userId: idOf(bob),
          username: 'busy',
          status: 'busy',
          isOnline: true,
          statusText: 'on the phone',
        },
      ],
    );
  });

  test('is sent in the native dialect to all members, without joins', async () => {
    const { roomId, names, clients } = await newGroup();
    const [alice, bob, carol] = clients;
    assert(alice !== undefined && bob !== undefined && carol !== undefined);
    const [, bobName = ''] = names;
    const userId = idOf(bob);

    await bob.ask('set_presence', { status: 'busy', statusText: 'on the phone' });
    for (const client of [alice, carol]) {
      const { lastSeen: _, ...told } = await client.next('presence_update');
      const status = { status: 'busy', isOnline: true, statusText: 'on the phone' };
      assert.deepEqual(told, { userId, username: bobName, ...status });
    }
    const tab = await server.connect(bobName);
    bob.close(1000);
    await bob.closed;
    const { members } = await carol.ask('get_members', { roomId }, 'member_list');
    assert.deepEqual(
      members.map(({ username, status }) => [username, status]),
      [
        [names[0], 'online'],
        [bobName, 'busy'], // On the other connection.
        [names[2], 'online'],
      ],
    );
    tab.close(1000);
    for (const client of [alice, carol]) {
      const { status, isOnline } = await client.next('presence_update');
      assert.deepEqual([status, isOnline], ['offline', false]);
    }
    const again = await server.connect(bobName);
    for (const client of [alice, carol]) {
      const { status, isOnline } = await client.next('presence_update');
      // As chosen before.
      assert.deepEqual([status, isOnline], ['busy', true]);
    }
    const { rooms } = await again.ask('resume', { rooms: [{ roomId }] }, 'resumed');
    const [resumed] = rooms;
    assert(resumed !== undefined && !('error' in resumed));
    assert.deepEqual(
      resumed.members.map(({ username }) => username),
      names,
    );
    for (const client of [alice, carol]) {
      await client.settled();
      assert.equal(client.ofType('presence_update').length, 3);
      assert.deepEqual([...client.ofType('user_joined'), ...client.ofType('user_left')], []);
    }
    for (const client of [alice, carol, again]) client.close();
  });

  test('is sent over Socket.IO with joins and leaves', async () => {
    const { roomId, names, clients } = await newGroup();
    const [aliceNative, bobNative, carol] = clients;
    assert(aliceNative !== undefined && bobNative !== undefined && carol !== undefined);
    const [aliceName = '', bobName = '', carolName = ''] = names;
    const [bobId, carolId] = [idOf(bobNative), idOf(carol)];
    const alice = await SocketIoClient.connect(server, aliceName);
    const bob = await SocketIoClient.connect(server, bobName);
    await bob.must('room:list'); // Answered once he counts as a participant.
    bobNative.close(1000);
    const memberCount = async () =>
      (await carol.ask('get_members', { roomId }, 'member_list')).memberCount;
    await until(async () => (await memberCount()) === 2, 'the rooms of bob to close');
    await alice.joinRoom(roomId);
    const people = await alice.next<{ members: { username: string }[]; memberCount: number }>(
      'room:members',
    );
    assert.deepEqual(
      [people.members.map(({ username }) => username), people.memberCount],
      [[aliceName, carolName], 2],
    );
    const received = async (client: SocketIoClient, userId: string | undefined, status: string) => {
      const told = () =>
        client
          .all<Present>('presence:update')
          .filter((update) => update.userId === userId)
          .at(-1);
      await until(() => told()?.status === status, `${status}`);
      assert.deepEqual(Object.keys(told() ?? {}), ['userId', 'status', 'lastSeen']);
      assert.ok(Date.parse(told()?.lastSeen ?? '') > 0);
    };

    await bob.joinRoom(roomId);
    assert.deepEqual(await alice.next('room:user_joined'), {
      roomId,
      userId: bobId,
      username: bobName,
    });
    await bob.must('presence:set', { status: 'away' });
    await received(alice, bobId, 'away');
    assert.equal((await carol.next('presence_update')).status, 'away');
    await carol.ask('set_presence', { status: 'busy' }, 'presence_update');
    for (const client of [alice, bob]) await received(client, carolId, 'busy');

    const about = { roomId, userId: carolId, username: carolName };
    carol.close(1000);
    for (const client of [alice, bob]) {
      assert.deepEqual(await client.next('room:user_left'), about);
      await received(client, carolId, 'offline');
    }
    const again = await server.connect(carolName);
    assert.deepEqual(await bob.next('room:user_joined'), about); // The native dialect opens it automatically.
    assert.deepEqual(await alice.next('room:user_joined', 2), about);
    // As chosen before.
    for (const client of [alice, bob]) await received(client, carolId, 'busy');

    await bob.must('room:leave', { roomId });
    assert.deepEqual(await alice.next('room:user_left', 2), {
      roomId,
      userId: bobId,
      username: bobName,
    });
    await again.ask('set_presence', { status: 'away' }, 'presence_update');
    await received(alice, carolId, 'away');
    bob.close();
    await received(alice, bobId, 'offline');
    // A client without the open group receives no more of it; alice never receives her own.
    await received(bob, carolId, 'busy');
    assert.deepEqual(
      alice.all<Present>('presence:update').filter(({ userId }) => userId === idOf(aliceNative)),
      [],
    );
    for (const client of [alice, again, aliceNative]) client.close();
  });

  test('is sent at /ws/chat for users who have it open in any dialect', async () => {
    const { roomId: channelId, names, clients } = await newGroup();
    const [alice, bobNative, carol] = clients;
    assert(alice !== undefined && bobNative !== undefined && carol !== undefined);
    const [aliceName, bobName = '', carolName = ''] = names;
    bobNative.close(1000);
    await bobNative.closed;
    const bob = await FlatClient.connect(server, bobName);

    bob.send('join_channel', { channelId });
    await bob.next('user_presence', 2);
    carol.close(1000);
    await bob.next('user_presence', 3);
    const again = await server.connect(carolName);
    await bob.next('user_presence', 4);

    assert.deepEqual(
      bob.all('user_presence').map((frame) => [frame['username'], frame['status']]),
      [
        [aliceName, 'online'],
        [carolName, 'online'],
        [carolName, 'offline'],
        [carolName, 'online'],
      ],
    );
    bob.close();
    for (const client of [alice, again]) client.close();
  });
});
