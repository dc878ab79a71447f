import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomId, RoomListEntry } from '@parley/protocol';
import { unreadOf } from '../../src/core/rooms/unread-state.ts';
import { BOB_ID, messagePayload, OPS } from '../fakes/builders.ts';
import { Scene } from '../fakes/client.ts';
import { settle } from '../fakes/fake-environment.ts';
import { memberOf } from '../fakes/scripted-native.ts';
import { ALICE, BOB } from '../fakes/scripted-server.ts';

const DIRECT = 'r-bob' as RoomId;

const WITH_BOB: Partial<RoomListEntry> = {
  kind: 'direct',
  person: { ...memberOf(BOB), status: 'away' },
};

describe('ChatClient: direct and group conversations', () => {
  /** Connected, with a conversation with bob that contains this many read messages. */
  function talking(count = 1): Scene {
    const scene = new Scene();
    scene.server.unread.set('bob', WITH_BOB);
    for (let n = 1; n <= count; n += 1) scene.server.post('bob', `old ${n}`);
    scene.client.connect();
    scene.server.accept();
    scene.server.flush();
    return scene;
  }

  /** Bob writes into the conversation, which is open on the server. */
  function receive(scene: Scene, content: string, sender = BOB): void {
    scene.server.post('bob', content, sender);
    const message = scene.server.room('bob').messages.at(-1);
    assert(message !== undefined);
    scene.server.sendEvent('chat_message', message);
  }

  function unreadIn(scene: Scene, roomId = DIRECT): readonly [number, number] {
    const { rooms, unread } = scene.client.getSnapshot();
    const { unreadCount, mentionCount } = unreadOf(rooms.get(roomId), unread.get(roomId), ALICE);
    return [unreadCount, mentionCount];
  }

  /** Delivers the acknowledgement, then the answer to the next request. */
  async function exchange(scene: Scene): Promise<void> {
    scene.server.flush();
    await settle();
    scene.server.flush();
  }

  test('are known from the greeting, with the other person and their presence', () => {
    const scene = talking();

    const { conversations, presence } = scene.client.getSnapshot();

    const person = { id: BOB_ID, username: 'bob' };
    assert.deepEqual(
      [...conversations.values()],
      [{ id: DIRECT, kind: 'direct', name: 'bob', person }],
    );
    assert.equal(presence.get(BOB_ID)?.status, 'away');
  });

  test('are only those with a message', () => {
    assert.equal(talking(0).client.getSnapshot().conversations.size, 0);
  });

  test('count messages that arrive while they are not open here', () => {
    const scene = talking();

    receive(scene, 'hello');
    receive(scene, 'hello @alice');

    assert.deepEqual(unreadIn(scene), [2, 1]);
    scene.client.openRoom(DIRECT);
    scene.server.flush();
    assert.deepEqual(unreadIn(scene), [2, 1]);
  });

  test('count nothing after the membership has ended', () => {
    const scene = talking();
    receive(scene, 'hello @alice');
    assert.deepEqual(unreadIn(scene), [1, 1]);

    scene.server.sendEvent('room_left', { roomId: DIRECT });

    assert.deepEqual(unreadIn(scene), [0, 0]);
  });

  test('count nothing if the membership has ended without a connection', () => {
    const scene = talking();
    receive(scene, 'hello @alice');
    scene.server.cut();
    scene.server.rooms.delete(DIRECT);
    scene.reconnect();

    assert.equal(scene.client.getSnapshot().conversations.size, 0);
    assert.deepEqual(unreadIn(scene), [0, 0]);
  });

  test('count a message once, whether the message or the list arrives first', () => {
    const scene = talking();

    receive(scene, 'hello');
    const [message] = scene.server.room('bob').messages.slice(-1);
    assert(message !== undefined);
    scene.server.unread.set('bob', { ...WITH_BOB, unreadCount: 1 });
    scene.client.refreshRooms();
    scene.server.flush();
    scene.server.sendEvent('chat_message', message);
    assert.deepEqual(unreadIn(scene), [1, 0]);

    // A list older than the message.
    scene.server.unread.set('bob', { ...WITH_BOB, headSequence: 1 });
    scene.client.refreshRooms();
    scene.server.flush();
    assert.deepEqual(unreadIn(scene), [1, 0]);
  });

  test('are counted again by the server after the deletion of a message that is not loaded', () => {
    const scene = talking();
    receive(scene, 'hello @alice');
    receive(scene, 'second');
    const [, message] = scene.server.room('bob').messages;
    assert(message !== undefined);

    const counts = { unreadCount: 1, mentionCount: 0, firstUnreadSequence: 2 };
    scene.server.unread.set('bob', { ...WITH_BOB, ...counts, headSequence: 4 });
    const about = { roomId: DIRECT, messageId: message.id, userId: BOB_ID, sequence: 4 };
    scene.server.sendEvent('message_deleted', about);
    scene.server.flush();

    assert.deepEqual(unreadIn(scene), [1, 0]);
  });

  test('are marked as read when the user writes on another device', () => {
    const scene = talking();

    receive(scene, 'hello');
    receive(scene, 'answered elsewhere', ALICE);

    assert.deepEqual(unreadIn(scene), [0, 0]);
  });

  test('are marked as read when the user reads on another device', () => {
    const scene = talking();
    receive(scene, 'one');
    receive(scene, 'two');
    const { id: userId, username } = ALICE;

    scene.server.unread.set('bob', { ...WITH_BOB, unreadCount: 1, firstUnreadSequence: 3 });
    scene.server.sendEvent('read_position', { roomId: DIRECT, userId, username, sequence: 2 });
    assert.deepEqual(unreadIn(scene), [1, 0]);
    scene.server.sendEvent('read_position', { roomId: DIRECT, userId, username, sequence: 3 });
    assert.deepEqual(unreadIn(scene), [0, 0]);
  });

  test('appear with their first message', () => {
    const scene = Scene.inRooms('lobby');

    scene.server.unread.set('bob', { ...WITH_BOB, unreadCount: 1 });
    receive(scene, 'hello');

    assert.equal(scene.client.getSnapshot().conversations.get(DIRECT)?.name, 'bob');
    assert.deepEqual(unreadIn(scene), [1, 0]);
  });

  test('are looked up once for a room that is not a conversation', () => {
    const scene = Scene.inRooms('lobby');
    const lookups = () =>
      scene.environment.socket
        .sentOf('get_rooms')
        .filter(({ payload }) => 'own' in (payload as object)).length;

    for (const sequence of [1, 2, 3]) {
      const roomId = 'r-gone' as RoomId;
      scene.server.sendEvent('chat_message', messagePayload(sequence, { roomId }));
    }

    assert.equal(lookups(), 1);
  });

  test('disappear when the membership ends', () => {
    const scene = talking();

    scene.server.rooms.delete(DIRECT);
    scene.server.sendEvent('room_left', { roomId: DIRECT, reason: 'removed', sequence: 2 });

    assert.equal(scene.client.getSnapshot().conversations.size, 0);
  });

  test('start with a message to a user', async () => {
    const scene = Scene.inRooms();

    const sending = scene.client.sendDirect('bob', ' hello ');
    await exchange(scene);

    assert.equal(await sending, DIRECT);
    assert.deepEqual(scene.stored('bob'), ['hello']);
    assert.equal(scene.client.getSnapshot().conversations.get(DIRECT)?.person?.id, BOB_ID);
  });

  test('store the first message once, if its acknowledgement was lost and it is sent again', async () => {
    const scene = Scene.inRooms();

    const lost = scene.client.sendDirect('bob', 'hello');
    scene.server.cut();
    await assert.rejects(lost, { code: 'UNAVAILABLE' });
    scene.reconnect();
    scene.server.flush();
    const sending = scene.client.sendDirect('bob', 'hello');
    await exchange(scene);
    await sending;

    assert.deepEqual(scene.stored('bob'), ['hello']);
  });

  test('report why a first message was rejected', async () => {
    const scene = Scene.inRooms();
    scene.server.rejections.push({ type: 'direct_message', code: 'NOT_FOUND' });

    const sending = scene.client.sendDirect('nobody', 'hello');
    scene.server.flush();

    await assert.rejects(sending, { code: 'NOT_FOUND' });
    await assert.rejects(scene.client.sendDirect('bob', '  '), { code: 'VALIDATION_ERROR' });
  });
});

describe('ChatClient: the end of a membership', () => {
  test('is requested over HTTP', async () => {
    const scene = Scene.inRooms('ops');
    const requests: string[] = [];
    scene.environment.answer = async (url, init) => {
      requests.push(`${init?.method} ${url}`);
      return Response.json({ success: true });
    };

    await scene.client.endMembership(OPS);

    assert.deepEqual(requests, ['DELETE http://server/api/rooms/r-ops/members/me']);
  });

  test('removes the room from the joined rooms, also during a listing', async () => {
    const scene = Scene.inRooms('lobby', 'ops');
    const joined = () =>
      scene.client
        .getSnapshot()
        .directory.rooms.filter((room) => room.joined)
        .map(({ name }) => name);
    scene.client.refreshRooms();
    scene.server.flush();
    assert.deepEqual(joined(), ['lobby', 'ops']);
    scene.client.refreshRooms();

    // Delivered before the answer, which still contains the membership.
    scene.environment.socket.deliver('room_left', { roomId: OPS, reason: 'left', sequence: 1 });
    assert.deepEqual(joined(), ['lobby']);
    scene.server.unread.set('ops', { joined: undefined } as object as Partial<RoomListEntry>);
    scene.server.flush();

    assert.deepEqual(joined(), ['lobby']);
    assert.equal(scene.client.getSnapshot().rooms.get(OPS)?.kind, 'closed');
  });
});
