/** Clients that reconnect while the server runs: which of them are recovered, and what they receive. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestServer } from '../../support/running-server.ts';
import { SocketIoClient, tokenOf } from '../../support/socketio-client.ts';
import { StoppableProxy } from '../../support/stoppable-proxy.ts';
import { until } from '../../support/wait.ts';

interface Members {
  readonly roomId: string;
  readonly memberCount: number;
  readonly members: readonly { readonly username: string }[];
}

describe('a Socket.IO client that reconnects', () => {
  let server: TestServer;
  let alice: SocketIoClient;
  before(async () => {
    server = await TestServer.start({ MESSAGE_RATE_MAX: '0' });
    alice = await SocketIoClient.connect(server, 'alice');
  });
  after(async () => {
    alice.close();
    await server.close();
  });

  let count = 0;
  /** Opens rooms with alice in them. */
  const openRooms = async (howMany: number): Promise<string[]> => {
    const ids: string[] = [];
    for (let n = 0; n < howMany; n += 1) {
      count += 1;
      ids.push((await alice.joinRoom(`back-${count}`)).roomId);
    }
    return ids;
  };
  const joinAsBob = async (ids: readonly string[], from = server as { readonly url: string }) => {
    const auth = { token: await tokenOf(await server.signUp('bob')) };
    const bob = new SocketIoClient(from, { auth });
    await bob.open();
    for (const roomId of ids) await bob.joinRoom(roomId);
    return bob;
  };
  const sendToAll = async (ids: readonly string[], content: string) => {
    for (const roomId of ids) await alice.sendMessage(roomId, content);
  };
  const departures = (roomId: string | undefined) =>
    alice.all<{ roomId: string }>('room:user_left').filter((event) => event.roomId === roomId);
  const cut = async (bob: SocketIoClient, roomId: string | undefined) => {
    const before = departures(roomId).length;
    bob.socket.io.engine.close();
    await until(() => departures(roomId).length > before, 'the loss');
  };
  const comeBack = async (bob: SocketIoClient): Promise<boolean | undefined> => {
    await until(() => !bob.socket.connected, 'the loss');
    bob.socket.connect();
    await bob.open();
    return bob.socket.recovered;
  };
  const setAuth = (bob: SocketIoClient, auth: object) => {
    (bob.socket as unknown as { auth: object }).auth = auth;
  };

  for (const rooms of [1, 2]) {
    test(`is not recovered with ${rooms} room(s) after it left on purpose`, async () => {
      const ids = await openRooms(rooms);
      const bob = await joinAsBob(ids);
      await sendToAll(ids, 'a');
      await until(() => bob.texts.length === rooms, 'the messages');

      bob.socket.disconnect();
      await until(() => departures(ids[0]).length === 1, 'the leave');

      assert.equal(await comeBack(bob), false);
      const rejected = await bob.ask('message:send', { roomId: ids[0], content: 'x' });
      assert.equal(rejected.error?.code, 'NOT_IN_ROOM');
      bob.close();
    });

    test(`continues in ${rooms} room(s) before the server has detected the loss`, async () => {
      const proxy = await StoppableProxy.before(server.url);
      const ids = await openRooms(rooms);
      const bob = await joinAsBob(ids, proxy);
      await sendToAll(ids, 'a');
      await until(() => bob.texts.length === rooms, 'the messages');
      const { id } = bob.socket;

      proxy.stop();
      await sendToAll(ids, 'b');
      bob.socket.io.engine.close();

      assert.equal(await comeBack(bob), true);
      assert.equal(bob.socket.id, id);
      await until(() => bob.texts.length === 2 * rooms, 'what was missed');
      await until(() => proxy.upstreamCount === 1, 'the first connection to close');
      await sendToAll(ids, 'c');
      await until(() => bob.texts.length === 3 * rooms, 'the next');
      assert.deepEqual(bob.texts.slice(rooms).sort(), [
        ...ids.map(() => 'b'),
        ...ids.map(() => 'c'),
      ]);
      bob.close();
      proxy.close();
    });
  }

  test('continues even if its token was rejected first, or another user came with its id', async () => {
    const ids = await openRooms(2);
    const bob = await joinAsBob(ids);
    await sendToAll(ids, 'a');
    await until(() => bob.texts.length === 2, 'the messages');
    const own = bob.socket as unknown as { auth: object; _pid: string; _lastOffset: string };
    const { auth, _pid: pid, _lastOffset: offset } = own;

    await cut(bob, ids[0]);
    await sendToAll(ids, 'b');
    setAuth(bob, { token: 'expired' });
    await assert.rejects(comeBack(bob), {
      data: { code: 'UNAUTHENTICATED', message: 'Authentication required' },
    });
    bob.errors.length = 0;
    const mallory = await SocketIoClient.connect(server, 'mallory', {
      auth: { token: await tokenOf(await server.signUp('mallory')), pid, offset },
    });
    setAuth(bob, auth);

    assert.equal(await comeBack(bob), true);
    await until(() => bob.texts.length === 4, 'what was missed');
    assert.notEqual(mallory.socket.id, bob.socket.id);
    assert.deepEqual(mallory.texts, []);
    for (const client of [bob, mallory]) client.close();
  });

  test('continues repeatedly if no message was sent meanwhile', async () => {
    const ids = await openRooms(2);
    const bob = await joinAsBob(ids);

    for (let times = 0; times < 2; times += 1) {
      await cut(bob, ids[0]);
      assert.equal(await comeBack(bob), true);
      await until(() => bob.all('room:members').length === 2 * (times + 2), 'the rooms');
    }
    await sendToAll(ids, 'a');

    await until(() => bob.texts.length === 2, 'the messages');
    bob.close();
  });

  test('receives the members of its rooms before the missed messages', async () => {
    const [roomId] = await openRooms(1);
    const bob = await joinAsBob([roomId ?? '']);
    await alice.sendMessage(roomId, 'a');
    await until(() => bob.texts.length === 1, 'the message');

    await cut(bob, roomId);
    const carol = await SocketIoClient.connect(server, 'carol');
    await carol.joinRoom(roomId);
    await alice.sendMessage(roomId, 'b');
    const before = bob.received.length;
    assert.equal(await comeBack(bob), true);
    await until(() => bob.texts.length === 2, 'what was missed');

    const [first, second] = bob.received.slice(before);
    assert.deepEqual([first?.name, second?.name], ['room:members', 'message:new']);
    const told = first?.payload as unknown as Members;
    assert.deepEqual([told.roomId, told.memberCount], [roomId, 3]);
    assert.deepEqual(
      told.members.map(({ username }) => username),
      ['alice', 'bob', 'carol'],
    );
    for (const client of [bob, carol]) client.close();
  });
});
