/** A client closes a room on its connection, or ends the membership on all: the answers differ. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../support/account.ts';
import { FlatClient } from '../support/flat-client.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient } from '../support/socketio-client.ts';
import type { TestSocket } from '../support/test-socket.ts';

describe('leaving a room', () => {
  let server: TestServer;
  let alice: Account;
  let bob: Account;
  let toAlice: TestSocket;
  let toBob: TestSocket;
  before(async () => {
    server = await TestServer.start();
    [alice, bob] = [await server.signUp('alice'), await server.signUp('bob')];
    [toAlice, toBob] = [await alice.connect(), await bob.connect()];
  });
  after(async () => {
    for (const socket of [toAlice, toBob]) socket.close();
    await server.close();
  });

  /** A room of alice that bob has joined. */
  const newRoom = async (roomName: string): Promise<string> => {
    const { roomId } = await toAlice.joinRoom({ roomName });
    await toBob.joinRoom({ roomId });
    return roomId;
  };
  const isMember = async (roomId: string): Promise<boolean> => {
    const { rooms } = await toBob.ask('get_rooms', { own: true }, 'room_list');
    return rooms.some(({ id }) => id === roomId);
  };
  const leftOf = (socket: TestSocket, roomId: string) =>
    socket.ofType('room_left').filter((left) => left.roomId === roomId);

  test('over /ws closes it here, or ends the membership everywhere', async () => {
    const roomId = await newRoom('native');
    const elsewhere = await bob.connect();
    const closed = await toBob.ask('leave_room', { roomId }, 'room_left');
    assert.deepEqual(closed, { roomId });
    assert.equal((await toAlice.next('user_left')).sequence, undefined);
    assert.equal(await isMember(roomId), true);

    const ended = await toBob.ask('leave_room', { roomId, membership: true }, 'room_left');

    assert.deepEqual(ended, { roomId, reason: 'left', sequence: 1 });
    assert.deepEqual(await elsewhere.next('room_left'), ended);
    assert.equal((await toAlice.next('user_left')).sequence, 1);
    assert.equal(await isMember(roomId), false);
    elsewhere.close();
  });

  test('over /ws is answered once where the room is open', async () => {
    const roomId = await newRoom('open');
    await toBob.ask('leave_room', { roomId, membership: true }, 'room_left');
    await toBob.settled();
    assert.equal(leftOf(toBob, roomId).length, 1);
    const again = await toBob.ask('leave_room', { roomId, membership: true }, 'error');
    assert.deepEqual([again.code, again.roomId], ['FORBIDDEN', roomId]);
  });

  test('over Socket.IO answers with the reason, and without an error', async () => {
    const roomId = await newRoom('sockets');
    // A token that only connects ends no membership.
    const { token } = await server.signUp('bob');
    const client = await SocketIoClient.connect(server, 'bob', { auth: { token } });
    await client.joinRoom(roomId);
    assert.deepEqual(await client.must('room:leave', { roomId }), { ok: true, roomId });
    assert.equal(await isMember(roomId), true);

    const answer = await client.must('room:leave', { roomId, membership: true });

    assert.deepEqual(answer, { ok: true, roomId, reason: 'left', sequence: 1 });
    assert.deepEqual(await client.next('room:left', 2), { roomId, reason: 'left', sequence: 1 });
    assert.deepEqual(client.all('error'), []);
    assert.equal(await isMember(roomId), false);
    client.close();
  });

  test('over /ws/chat sends no error to the user who left', async () => {
    const roomId = await newRoom('flat');
    const client = await FlatClient.connect(server, 'bob');
    await client.joinChannel(roomId);
    client.send('leave_channel', { channelId: roomId, membership: true });
    await client.settled();
    assert.deepEqual(client.all('error'), []);
    assert.equal(await isMember(roomId), false);
    client.close();
  });

  test('keeps a direct room open, which cannot be left', async () => {
    const { roomId } = await toBob.ask(
      ...(['direct_message', { recipient: 'alice', content: 'hi' }, 'message_ack'] as const),
    );
    const error = await toBob.ask('leave_room', { roomId, membership: true }, 'error');
    assert.deepEqual([error.code, error.roomId], ['FORBIDDEN', roomId]);
    await toBob.sendMessage({ roomId, content: 'still here' });
  });

  test('a failed join names the room that was asked for', async () => {
    const unknown = '00000000-0000-7000-8000-00000000beef';
    const byId = await toBob.ask('join_room', { roomId: unknown }, 'error');
    const byName = await toBob.ask('join_room', { roomName: 'nowhere', create: false }, 'error');
    const invalid = await toBob.ask('join_room', { roomName: '***' }, 'error');
    const misread = await toBob.ask('join_room', { roomId: unknown, lastSequence: -1 }, 'error');
    assert.deepEqual(
      [byId, byName, invalid, misread].map(({ code, roomId, roomName }) => [
        code,
        roomId ?? roomName,
      ]),
      [
        ['NOT_FOUND', unknown],
        ['NOT_FOUND', 'nowhere'],
        ['VALIDATION_ERROR', '***'],
        ['VALIDATION_ERROR', unknown],
      ],
    );
  });
});
