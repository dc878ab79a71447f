import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomId, RoomListEntry } from '@parley/protocol';
import { range } from '../../fakes/builders.ts';
import { Scene } from '../../fakes/client.ts';

function listEntry(n: number): RoomListEntry {
  return {
    id: `r${n}` as RoomId,
    name: `room-${n}`,
    kind: 'room',
    memberCount: n,
    memberTotal: n,
    unreadCount: 0,
    mentionCount: 0,
    lastActivity: '2026-01-31T12:00:00.000Z',
  };
}

/** A client whose listings the test answers. */
function sceneBeforeListing(): Scene {
  const scene = new Scene();
  scene.client.connect();
  scene.environment.socket.upgrade();
  scene.environment.socket.deliver('connection_established', {
    connectionId: 'c1' as never,
    user: { id: 'u-alice' as never, username: 'alice' },
    serverTime: '2026-01-31T12:00:00.000Z',
    version: '0.2.0',
    capabilities: [],
    contentLengthMax: 10_000,
    hasMore: false,
    rooms: [],
  });
  return scene;
}

function answer(scene: Scene, rooms: readonly RoomListEntry[], hasMore: boolean): void {
  const { socket } = scene.environment;
  const asked = socket.sentOf('get_rooms').at(-1);
  socket.deliver('room_list', { rooms, hasMore }, asked?.id);
}

describe('list of rooms', () => {
  test('is assembled from its pages', () => {
    const scene = sceneBeforeListing();
    answer(scene, range(1, 200).map(listEntry), true);
    answer(scene, [listEntry(201)], false);

    const { directory } = scene.client.getSnapshot();
    assert.equal(directory.status, 'ready');
    assert.equal(directory.rooms.length, 201);
    assert.equal(directory.hasMore, false);
    assert.deepEqual(scene.environment.socket.sentOf('get_rooms')[1]?.payload, {
      after: 'r200',
      limit: 200,
    });
  });

  test('ends after 25 pages and reports that there are more', () => {
    const scene = sceneBeforeListing();
    for (const page of range(0, 24)) {
      answer(scene, range(page * 200 + 1, page * 200 + 200).map(listEntry), true);
    }

    const { directory } = scene.client.getSnapshot();
    assert.equal(directory.rooms.length, 5_000);
    assert(directory.hasMore);
    assert.equal(scene.environment.socket.sentOf('get_rooms').length, 25);
  });

  test('keeps the earlier rooms when a listing fails', () => {
    const scene = sceneBeforeListing();
    answer(scene, [listEntry(1)], false);
    scene.client.refreshRooms();
    const asked = scene.environment.socket.sentOf('get_rooms').at(-1);
    scene.environment.socket.deliver(
      'error',
      { code: 'UNAVAILABLE', message: 'No', originalType: 'get_rooms' },
      asked?.id,
    );

    const { directory } = scene.client.getSnapshot();
    assert.equal(directory.status, 'failed');
    assert.equal(directory.rooms.length, 1);
  });

  test('runs one listing at a time', () => {
    const scene = sceneBeforeListing();
    scene.client.refreshRooms();
    scene.client.refreshRooms();

    assert.equal(scene.environment.socket.sentOf('get_rooms').length, 1);
  });

  test('is asked again if something changed during a listing', () => {
    const scene = sceneBeforeListing();
    scene.client.refreshRooms();
    const { socket } = scene.environment;
    const asked = socket.sentOf('get_rooms').length;

    scene.client.refreshRooms();
    answer(scene, [], false);

    assert.equal(socket.sentOf('get_rooms').length, asked + 1);
  });

  test('does not bring back a conversation whose membership ended during the listing', () => {
    const scene = sceneBeforeListing();
    const joined = { joined: true, headSequence: 2, unreadCount: 2 } as const;
    const group: RoomListEntry = { ...listEntry(1), ...joined, kind: 'group' };
    answer(scene, [group], false);
    assert.equal(scene.client.getSnapshot().conversations.size, 1);

    scene.client.refreshRooms();
    scene.environment.socket.deliver('room_left', { roomId: group.id });
    answer(scene, [group], false);
    answer(scene, [], false);

    const { conversations, directory, unread } = scene.client.getSnapshot();
    assert.deepEqual([conversations.size, directory.rooms.length, unread.size], [0, 0, 0]);
  });

  test('can be listed again after the connection was lost in the middle', () => {
    const scene = sceneBeforeListing();
    scene.environment.socket.end(1006);
    scene.reconnect();

    assert.equal(scene.environment.socket.sentOf('get_rooms').length, 1);
  });
});
