/** A server that keeps messages for a day, on an older store. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { MessageId } from '@parley/protocol';
import { systemCrypto } from '../../src/system/crypto.ts';
import { command, ownedBy, room } from '../support/records.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient } from '../support/socketio-client.ts';
import { openTestStore } from '../support/sqlite-store.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { inTime } from '../support/wait.ts';

const HOUR_MS = 60 * 60 * 1000;

describe('RETENTION_DAYS', () => {
  const lobby = room('lobby', { createdAtMs: Date.now() - 72 * HOUR_MS });
  const keyed = { roomId: lobby.id, content: 'hello', clientMessageId: 'c1' };
  let server: TestServer;
  let parentId: MessageId;

  before(async () => {
    const directory = temporaryDirectory();
    const earlier = await TestServer.start({ DATA_DIR: directory });
    await earlier.register('alice');
    await earlier.close();
    parentId = await fillOld(directory);
    server = await TestServer.start({ DATA_DIR: directory, RETENTION_DAYS: '1' });
    await inTime(untilSwept(), 'the first sweep');
  });
  after(() => server.close());

  /** A message from three days ago, and a reply from an hour ago. */
  const fillOld = async (directory: string): Promise<MessageId> => {
    const store = await openTestStore(directory, { durability: 'relaxed' });
    const alice = (await store.accounts.findCredentials('alice'))?.user;
    assert(alice !== undefined);
    await store.rooms.createRoom(lobby, ownedBy(alice), lobby.createdAtMs);
    const by = { userId: alice.id, roomId: lobby.id };
    const identity = ['message', 'hello', null];
    const fingerprint = systemCrypto.digest(JSON.stringify(identity));
    const old = command({ ...by, ...keyed, fingerprint, admittedAtMs: lobby.createdAtMs });
    const { messageId } = old;
    const admittedAtMs = Date.now() - HOUR_MS;
    const reply = command({ ...by, content: 'reply', parentId: messageId, admittedAtMs });
    await store.log.commit([old, reply]);
    await store.close();
    return messageId;
  };

  const untilSwept = async (): Promise<void> => {
    const alice = await server.connect('alice');
    const page = { roomId: lobby.id };
    while ((await alice.ask('get_history', page, 'history')).messages.length > 1);
    alice.close();
  };

  test('deletes old messages, and leaves replies and retries unchanged', async () => {
    const alice = await server.connect('alice');
    const about = { roomId: lobby.id };
    await alice.joinRoom(about);

    const thread = await alice.ask('get_thread', { ...about, messageId: parentId }, 'thread');
    const ack = await alice.sendMessage(keyed);

    const { messages, hasMore } = await alice.ask('get_history', about, 'history');
    assert.deepEqual([messages.map(({ content }) => content), hasMore], [['reply'], false]);
    assert.equal(thread.parent, undefined);
    assert.deepEqual(
      thread.messages.map(({ content, parentMessageId }) => [content, parentMessageId]),
      [['reply', parentId]],
    );
    assert.deepEqual([ack.duplicate, ack.sequence, ack.id], [true, 1, parentId]);
    alice.close();
  });

  test('shows where the log starts to clients that join or resume', async () => {
    const alice = await server.connect('alice');
    const position = { roomId: lobby.id, lastSequence: 2 };

    const joined = await alice.ask('join_room', position, 'room_joined');
    const { rooms } = await alice.ask('resume', { rooms: [position] }, 'resumed');
    const other = await SocketIoClient.connect(server, 'alice');
    const answer = await other.must('room:join', position);

    assert.deepEqual(
      [joined, rooms[0], answer].map(
        (room) => room && 'firstSequence' in room && room.firstSequence,
      ),
      [2, 2, 2],
    );
    alice.close();
    other.close();
  });

  test('does not change the answer to a retry over HTTP and Socket.IO', async () => {
    const { token } = await server.login('alice');
    const answer = await server.post('/api/messages', keyed, { authorization: `Bearer ${token}` });
    const { message, duplicate } = (await answer.json()) as {
      readonly message: { readonly id: string; readonly content: string };
      readonly duplicate: boolean;
    };
    const alice = await SocketIoClient.connect(server, 'alice');
    await alice.joinRoom(lobby.id);
    const again = await alice.must('message:send', keyed);
    const page = alice.received.find(({ name }) => name === 'message:history');

    assert.deepEqual(
      [answer.status, message.id, message.content, duplicate],
      [200, parentId, 'hello', true],
    );
    assert.deepEqual(
      [again['duplicate'], (again['message'] as typeof message).content],
      [true, 'hello'],
    );
    assert.equal((page?.payload as { readonly hasMore?: boolean } | undefined)?.hasMore, false);
    alice.close();
  });
});
