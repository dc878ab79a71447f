/** Unread counts, from the server's reports and from the visible messages. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import { toOfflineCopy } from '../../src/core/offline-copy-format.ts';
import { readUpTo, unreadOf } from '../../src/core/rooms/unread-state.ts';
import { notificationLevelOf } from '../../src/core/unread/notification-level.ts';
import { ALICE_ID, BOB_ID, LOBBY, OPS } from '../fakes/builders.ts';
import { Scene } from '../fakes/client.ts';
import { ALICE } from '../fakes/scripted-server.ts';

function unread(scene: Scene, roomId: RoomId = LOBBY): number {
  const snapshot = scene.client.getSnapshot();
  return unreadOf(snapshot.rooms.get(roomId), snapshot.unread.get(roomId), ALICE).unreadCount;
}

function post(scene: Scene, ...strings: string[]): void {
  for (const text of strings) scene.server.post('lobby', text);
  scene.server.flush();
}

function marks(scene: Scene): unknown[] {
  return scene.environment.socket.sentOf('mark_read').map(({ payload }) => payload);
}

describe('ChatClient: unread messages', () => {
  test('of a room that is not open are reported by the greeting and by events', () => {
    const scene = new Scene();
    post(scene, 'one', 'two');
    scene.server.unread.set('lobby', { unreadCount: 2, firstUnreadSequence: 1 });
    scene.client.connect();
    scene.server.accept();
    assert.equal(unread(scene), 2);

    const activity = { roomId: LOBBY, headSequence: 3, unreadCount: 3, mentionCount: 1 };
    scene.server.sendEvent('room_activity', activity);

    assert.equal(unread(scene), 3);
  });

  test('follow the notification level, which events change and counts keep', () => {
    const scene = new Scene();
    scene.client.connect();
    scene.server.accept();
    const level = () => notificationLevelOf(scene.client.getSnapshot(), LOBBY);
    assert.equal(level(), 'mentions');

    const activity = { roomId: LOBBY, headSequence: 3, unreadCount: 3, mentionCount: 1 };
    scene.server.sendEvent('room_activity', activity);
    scene.server.sendEvent('notification_level', { roomId: LOBBY, level: 'nothing' });
    scene.server.sendEvent('room_activity', activity);

    assert.deepEqual([level(), unread(scene)], ['nothing', 3]);
  });

  test('stay unread when the room is opened, and increase with new messages', () => {
    const scene = new Scene();
    post(scene, 'one', 'two', 'three');
    scene.server.unread.set('lobby', { unreadCount: 2, firstUnreadSequence: 2 });
    scene.client.connect();
    scene.server.accept();

    scene.client.openRoom(LOBBY);
    scene.server.flush();
    assert.equal(readUpTo(scene.room(), ALICE), 1);
    post(scene, 'four');

    assert.equal(unread(scene), 3);
  });

  test('are marked as read immediately, and reported to the server', () => {
    const scene = Scene.inRooms('lobby');
    post(scene, 'one', 'two', 'three');
    assert.equal(unread(scene), 3);

    scene.client.markRead(LOBBY, 2);

    assert.equal(unread(scene), 1);
    assert.deepEqual(marks(scene), [{ roomId: LOBBY, sequence: 2 }]);
  });

  test('are marked with one request at a time, which has the latest position', () => {
    const scene = Scene.inRooms('lobby');
    post(scene, 'one', 'two', 'three');

    for (const sequence of [1, 2, 3, 1]) scene.client.markRead(LOBBY, sequence);
    assert.deepEqual(marks(scene), [{ roomId: LOBBY, sequence: 1 }]);
    scene.server.flush();
    scene.server.flush();

    assert.deepEqual(marks(scene), [
      { roomId: LOBBY, sequence: 1 },
      { roomId: LOBBY, sequence: 3 },
    ]);
  });

  test('are marked again after a connection loss, until the server has confirmed it', () => {
    const scene = Scene.inRooms('lobby');
    post(scene, 'one');
    scene.client.markRead(LOBBY, 1);
    scene.server.cut();
    scene.reconnect();
    scene.server.flush();
    assert.deepEqual(marks(scene), [{ roomId: LOBBY, sequence: 1 }]);

    scene.server.cut();
    scene.reconnect();
    scene.server.flush();

    assert.deepEqual(marks(scene), []);
  });

  test('are marked once the server answers, if the page shows them before', () => {
    const before = Scene.inRooms('lobby');
    post(before, 'one', 'two');
    const scene = new Scene(toOfflineCopy(before.client.getSnapshot()));
    post(scene, 'one', 'two');
    assert.equal(unread(scene), 2);

    scene.client.markRead(LOBBY, 2);
    assert.equal(unread(scene), 0);
    scene.client.connect();
    scene.server.accept();
    scene.server.flush();

    assert.deepEqual(marks(scene), [{ roomId: LOBBY, sequence: 2 }]);
    assert.equal(unread(scene), 0);
  });

  test('are marked again with the next list of rooms after a rejection for now', () => {
    const scene = Scene.inRooms('lobby');
    post(scene, 'one');
    scene.server.rejections.push({ type: 'mark_read', code: 'UNAVAILABLE', retryAfter: 2 });
    scene.client.markRead(LOBBY, 1);
    scene.server.flush();
    assert.equal(marks(scene).length, 1);

    scene.client.refreshRooms();
    scene.server.flush();

    assert.deepEqual(marks(scene).slice(1), [{ roomId: LOBBY, sequence: 1 }]);
    scene.server.flush();
    scene.client.refreshRooms();
    scene.server.flush();
    assert.equal(marks(scene).length, 2);
  });

  test('are not marked in a closed room, and a rejected mark is dropped', () => {
    const scene = Scene.inRooms('lobby');
    post(scene, 'one');
    scene.server.rejections.push({ type: 'mark_read', code: 'FORBIDDEN' });

    scene.client.markRead(OPS, 1);
    scene.client.markRead(LOBBY, 1);
    scene.server.flush();
    scene.server.cut();
    scene.reconnect();
    scene.server.flush();

    assert.deepEqual(marks(scene), []);
  });

  test('follow what the user reads on another device, not what others read', () => {
    const scene = Scene.inRooms('lobby');
    post(scene, 'one', 'two');

    scene.server.sendEvent('read_position', {
      roomId: LOBBY,
      userId: BOB_ID,
      username: 'bob',
      sequence: 2,
    });
    assert.equal(unread(scene), 2);
    scene.server.sendEvent('read_position', {
      roomId: LOBBY,
      userId: ALICE_ID,
      username: 'alice',
      sequence: 1,
    });

    assert.equal(unread(scene), 1);
  });

  test('are marked as read when the user writes', () => {
    const scene = Scene.inRooms('lobby');
    post(scene, 'one');

    scene.client.send(LOBBY, 'two');
    scene.server.flush();

    assert.equal(unread(scene), 0);
  });

  test('are kept if an older list arrives', () => {
    const scene = Scene.inRooms('lobby');
    scene.client.refreshRooms();

    scene.server.post('lobby', 'one');
    scene.server.flush();

    assert.equal(unread(scene), 1);
  });

  test('are marked as read by a list that says so: they were read elsewhere', () => {
    const scene = Scene.inRooms('lobby');
    post(scene, 'one', 'two');

    scene.server.unread.set('lobby', { unreadCount: 1, firstUnreadSequence: 2 });
    scene.client.refreshRooms();
    scene.server.flush();
    assert.equal(unread(scene), 1);
    scene.server.unread.clear();
    scene.client.refreshRooms();
    scene.server.flush();

    assert.equal(unread(scene), 0);
  });

  test('are marked as read in all other rooms if the server rejects one of them', async () => {
    const scene = new Scene();
    for (const name of ['lobby', 'ops', 'den']) {
      scene.server.post(name, 'one');
      scene.server.unread.set(name, { unreadCount: 1, firstUnreadSequence: 1 });
    }
    scene.client.connect();
    scene.server.accept();
    scene.server.flush();
    scene.server.rejections.push({ type: 'mark_read', code: 'RATE_LIMITED', retryAfter: 1 });
    const { socket } = scene.environment;
    const listings = socket.sentOf('get_rooms').length;

    const failure = assert.rejects(scene.client.markAllRead(), { code: 'RATE_LIMITED' });
    scene.server.flush();
    await failure;

    assert.equal(marks(scene).length, 3);
    assert(socket.sentOf('get_rooms').length > listings);
  });

  test('stay the same when the room is left', () => {
    const scene = Scene.inRooms('lobby');
    post(scene, 'one', 'two');
    scene.client.markRead(LOBBY, 1);

    scene.client.leaveRoom(LOBBY);

    assert.equal(unread(scene), 1);
  });

  test('are reset by another log', () => {
    const scene = Scene.inRooms('lobby');
    post(scene, 'one', 'two', 'three');
    scene.client.markRead(LOBBY, 3);
    scene.server.flush();
    scene.server.cut();
    Object.assign(scene.server.room('lobby'), { epoch: 'e2', messages: [] });
    scene.reconnect();
    scene.server.flush();

    post(scene, 'one');

    assert.equal(unread(scene), 1);
  });
});
