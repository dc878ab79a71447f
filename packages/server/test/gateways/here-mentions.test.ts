/** `@here`: mentions the members who are present when the message is sent, and stays that way. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RoomListEntry } from '@parley/protocol';
import type { Account } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';
import type { TestSocket } from '../support/test-socket.ts';

describe('a mention of those present', () => {
  let server: TestServer;
  let alice: Account;
  let present: Account;
  let absent: Account;
  let ghost: Account;
  let roomId: string;
  let sockets: readonly TestSocket[];
  before(async () => {
    server = await TestServer.start({ MESSAGE_RATE_MAX: '0', LARGE_ROOM_PEOPLE: '4' });
    [alice, present] = [await server.signUp('alice'), await server.signUp('present_')];
    [absent, ghost] = [await server.signUp('absent'), await server.signUp('ghost')];
    const { room } = await alice.must<{ room: { id: string } }>('POST', '/api/rooms', {
      name: 'town',
    });
    roomId = room.id;
    for (const { userId } of [present, absent, ghost]) {
      await alice.must('PUT', `/api/rooms/${roomId}/members/${userId}`);
    }
    await ghost.must('PUT', '/api/presence', { status: 'invisible' });
    sockets = [await alice.connect(), await present.connect(), await ghost.connect()];
    await sockets[0]?.joinRoom({ roomId });
  });
  after(async () => {
    for (const socket of sockets) socket.close();
    await server.close();
  });

  const read = async () => {
    for (const who of [present, absent, ghost]) {
      const { rooms } = await who.must<{ rooms: RoomListEntry[] }>('GET', '/api/rooms');
      const { headSequence: sequence } = rooms.find(({ id }) => id === roomId) ?? {};
      if (sequence) await who.must('PUT', `/api/rooms/${roomId}/read`, { sequence });
    }
  };
  /** Of those present, absent and invisible. */
  const counts = () =>
    Promise.all(
      [present, absent, ghost].map(async (who) => {
        const { rooms } = await who.must<{ rooms: RoomListEntry[] }>('GET', '/api/rooms');
        return rooms.find(({ id }) => id === roomId)?.mentionCount;
      }),
    );
  const activityOf = async (who: Account) => {
    const { entries } = await who.must<{ entries: { kind: string; content?: string }[] }>(
      ...(['GET', '/api/activity'] as const),
    );
    return entries.filter(({ kind }) => kind === 'mention').map(({ content }) => content);
  };
  const say = async (content: string): Promise<string> => {
    const sent = await alice.must<{ message: { id: string } }>('POST', '/api/messages', {
      ...{ roomId, content },
    });
    return sent.message.id;
  };
  const edit = (messageId: string, content: string) =>
    alice.must('PATCH', `/api/rooms/${roomId}/messages/${messageId}`, { content });

  test('reaches them, and neither the absent nor the invisible', async () => {
    await sockets[0]?.sendMessage({ roomId, content: 'lunch, @here?' });

    assert.deepEqual(await counts(), [1, 0, 0]);
    assert.deepEqual(await activityOf(present), ['lunch, @here?']);
    assert.deepEqual([await activityOf(absent), await activityOf(ghost)], [[], []]);
  });

  test('comes with an edit, and later edits only add whom they name', async () => {
    await read();
    const messageId = await say('lunch');
    assert.deepEqual(await counts(), [0, 0, 0]);
    await edit(messageId, 'lunch, @here');
    assert.deepEqual(await counts(), [1, 0, 0]);

    const late = await absent.connect();
    await edit(messageId, 'lunch at 12, @here');
    assert.deepEqual(await counts(), [1, 0, 0]);
    await edit(messageId, 'lunch at 12, @here and @absent');
    assert.deepEqual(await counts(), [1, 1, 0]);
    await edit(messageId, 'lunch at 1, @here and @absent');
    assert.deepEqual(await counts(), [1, 1, 0]);
    await edit(messageId, 'lunch at 12');
    assert.deepEqual(await counts(), [0, 0, 0]);
    late.close();
  });

  test('is for moderators where mentions of everyone are', async () => {
    const send = async (who: Account) =>
      (await who.call('POST', '/api/messages', { roomId, content: '@here' })).status;
    assert.equal(await send(present), 201);
    await alice.must('PATCH', `/api/rooms/${roomId}`, { mentioningAll: 'moderators' });
    assert.deepEqual([await send(present), await send(alice)], [403, 201]);
    await alice.must('PATCH', `/api/rooms/${roomId}`, { mentioningAll: 'members' });
    const fifth = await server.signUp('fifth');
    await alice.must('PUT', `/api/rooms/${roomId}/members/${fifth.userId}`);
    assert.deepEqual([await send(present), await send(alice)], [403, 201]);
  });
});
