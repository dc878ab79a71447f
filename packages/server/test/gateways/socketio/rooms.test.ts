/** Rooms that a Socket.IO client can list, and their names and ids. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestServer } from '../../support/running-server.ts';
import {
  type Answer,
  SocketIoClient,
  type SocketIoMessage,
} from '../../support/socketio-client.ts';

interface Listed {
  readonly rooms: readonly { readonly id: string; readonly name: string }[];
  readonly hasMore: boolean;
}

describe('rooms over Socket.IO', () => {
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

  const codeOf = ({ error }: Answer) => error && `${error.code} ${error.field ?? ''}`.trim();
  const list = async (client: SocketIoClient, page?: object) =>
    (await client.must('room:list', page)) as unknown as Listed;
  test('are listed with joined rooms first, latest activity first, in pages', async () => {
    const others = [
      await SocketIoClient.connect(server, 'olga'),
      await SocketIoClient.connect(server, 'oskar'),
    ];
    for (const [index, other] of others.entries()) {
      for (let n = 0; n < 60; n += 1) await other.joinRoom(`room-${index}-${n}`);
    }
    const ids = [
      (await alice.joinRoom('mine-one')).roomId,
      (await alice.joinRoom('mine-two')).roomId,
    ];
    for (const roomId of [...ids].reverse()) {
      await alice.sendMessage(roomId, 'x');
    }

    const first = await list(alice);
    const rest = await list(alice, { after: first.rooms.at(-1)?.id });
    const byId = await list(alice, { limit: 200 });

    assert.deepEqual(
      first.rooms.slice(0, 2).map(({ name }) => name),
      ['mine-one', 'mine-two'],
    );
    assert.deepEqual([first.rooms.length, first.hasMore], [102, true]);
    assert.equal(rest.hasMore, false);
    const names = new Set([...first.rooms, ...rest.rooms].map(({ name }) => name));
    assert.equal(names.size, 122);
    assert.deepEqual(
      byId.rooms.map(({ id }) => id),
      byId.rooms.map(({ id }) => id).sort(),
    );
    assert.deepEqual([byId.rooms.length, byId.hasMore], [122, false]);
    for (const limit of [0, 201, 1.5, '5', null]) {
      assert.equal(codeOf(await alice.ask('room:list', { limit })), 'VALIDATION_ERROR limit');
    }
    assert.equal(codeOf(await alice.ask('room:list', { after: 7 })), 'VALIDATION_ERROR after');
    for (const client of others) client.close();
  });

  test('can be named by name or id in every command; events contain ids', async () => {
    const bob = await SocketIoClient.connect(server, 'bob');
    const roomId = 'By Name';
    const { roomId: id } = await alice.joinRoom(roomId);

    const sent = (await alice.sendMessage(roomId, 'x')) as unknown as {
      message: SocketIoMessage;
    };
    await alice.must('typing:start', { roomId });
    await alice.must('typing:stop', { roomId });
    const page = await bob.must('message:history', { roomId: 'by-name' });
    const read = await alice.must('message:read', { roomId, messageId: sent.message.id });

    assert.deepEqual([sent.message.roomId, page['roomId'], read['roomId']], [id, id, id]);
    assert.equal((page['messages'] as unknown[]).length, 1);
    const rejected = await bob.ask('message:send', { roomId, content: 'x' });
    assert.equal(rejected.error?.code, 'NOT_IN_ROOM');
    assert.equal((await alice.must('room:leave', { roomId }))['roomId'], id);
    assert.equal((await alice.ask('typing:start', { roomId })).error?.code, 'NOT_IN_ROOM');
    assert.deepEqual(await alice.next('room:left'), { roomId: id });
    bob.close();
  });

  test('reject users by name as they do by id', async () => {
    const mallory = await SocketIoClient.connect(server, 'mallory');
    const { roomId: id } = await alice.joinRoom('guarded');
    const [owner, { userId }] = [await server.signUp('alice'), await server.signUp('mallory')];
    assert.ok((await owner.call('PUT', `/api/rooms/${id}/bans/${userId}`)).ok);

    const rejected = await mallory.ask('message:history', { roomId: 'guarded' });

    assert.equal(rejected.error?.code, 'FORBIDDEN');
    mallory.close();
  });

  test('of two users have the name of the other user, in the list and after joining', async () => {
    const native = await server.connect('nadia');
    await native.ask('direct_message', { recipient: 'alice', content: 'hi' }, 'message_ack');
    const direct = (await list(alice)).rooms.find(({ name }) => name === 'nadia');

    const joined = await alice.joinRoom(direct?.id);
    const natively = await native.joinRoom({ roomId: direct?.id });

    assert.equal((joined['room'] as { name: string }).name, 'nadia');
    assert.deepEqual([natively.roomName, natively.room.name], ['alice', 'alice']);
    native.close();
  });

  test('return a page before or after a position, not both', async () => {
    const { roomId } = await alice.joinRoom('bounds');
    for (const content of ['1', '2', '3']) await alice.sendMessage(roomId, content);

    const later = await alice.must('message:history', { roomId, after: 1 });
    const both = await alice.ask('message:history', { roomId, before: 3, after: 1 });

    assert.deepEqual(
      (later['messages'] as SocketIoMessage[]).map(({ content }) => content),
      ['3', '2'],
    );
    assert.equal(codeOf(both), 'VALIDATION_ERROR after');
  });
});
