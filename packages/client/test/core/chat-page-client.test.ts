import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MessageId, ServerFrames, Timestamp } from '@parley/protocol';
import { BOB_ID, LOBBY, OPS } from '../fakes/builders.ts';
import { Scene } from '../fakes/client.ts';
import { BOB } from '../fakes/scripted-server.ts';

const BOB_IN_LOBBY = { roomId: LOBBY, userId: BOB_ID, username: 'bob' };
const NOON = '2026-01-31T12:00:00.000Z' as Timestamp;

function greet(scene: Scene, fields: Partial<ServerFrames['connection_established']>): void {
  scene.client.connect();
  scene.environment.socket.upgrade();
  scene.environment.socket.deliver('connection_established', {
    connectionId: 'c1' as never,
    user: BOB,
    serverTime: new Date(scene.environment.nowMs()).toISOString(),
    version: '0.2.0',
    capabilities: [],
    contentLengthMax: 10_000,
    hasMore: false,
    rooms: [],
    ...fields,
  });
}

describe('ChatClient: notices', () => {
  test('of a message change nothing in its room, and reach the listeners of their type', () => {
    const scene = Scene.inRooms('lobby');
    const heard: string[] = [];
    const end = scene.client.onNotice('reminder', () => heard.push('reminder'));
    scene.client.onNotice('reports_changed', () => heard.push('reports'));
    const before = scene.client.getSnapshot().rooms.get(LOBBY);
    const reminder = { messageId: 'm1' as MessageId, roomId: LOBBY, remindedAt: NOON };

    scene.environment.socket.deliver('reminder', reminder);
    end();
    scene.environment.socket.deliver('reminder', reminder);
    scene.environment.socket.deliver('reports_changed', { open: 2 });

    assert.deepEqual(heard, ['reminder', 'reports']);
    assert.equal(scene.client.getSnapshot().rooms.get(LOBBY), before);
  });
});

describe('ChatClient: groups of users', () => {
  test('of the user are in its state, from the greeting on and after changes', () => {
    const scene = new Scene();
    greet(scene, { user: { ...BOB, groups: ['design'] } });
    assert.deepEqual(scene.client.getSnapshot().user?.groups, ['design']);
    let changes = 0;
    scene.client.onNotice('user_groups_changed', () => {
      changes += 1;
    });

    scene.environment.socket.deliver('user_groups_changed', { user: { ...BOB, groups: ['ops'] } });
    assert.deepEqual(scene.client.getSnapshot().user?.groups, ['ops']);
    scene.environment.socket.deliver('user_groups_changed', { user: BOB });
    assert.deepEqual([scene.client.getSnapshot().user?.groups, changes], [undefined, 2]);
  });
});

describe('ChatClient: life', () => {
  test('reports the end of typing before the message', () => {
    const scene = Scene.inRooms('lobby');
    scene.client.type(LOBBY);
    scene.environment.advance(500);

    scene.client.send(LOBBY, 'hello');

    assert.deepEqual(
      scene.environment.socket.sent.slice(-3).map(({ type }) => type),
      ['user_typing', 'user_typing', 'chat_message'],
    );
  });

  test('lists the rooms at each connection, and periodically while the page is visible', () => {
    const scene = Scene.inRooms('lobby');
    const { socket } = scene.environment;
    assert.deepEqual(
      scene.client.getSnapshot().directory.rooms.map(({ name }) => name),
      [],
    );
    scene.server.room('ops');

    scene.environment.advance(15_000);
    scene.server.flush();
    assert.deepEqual(
      scene.client.getSnapshot().directory.rooms.map(({ name }) => name),
      ['lobby', 'ops'],
    );
    scene.environment.isVisible = false;
    const asked = socket.sentOf('get_rooms').length;
    scene.environment.advance(15_000);

    assert.equal(socket.sentOf('get_rooms').length, asked);
  });

  test('knows how far its clock is from the server', () => {
    const scene = new Scene();

    greet(scene, { serverTime: new Date(scene.environment.nowMs() + 90_000).toISOString() });

    assert.equal(scene.client.getSnapshot().clockOffsetMs, 90_000);
  });

  test('knows how long a message may be on this server', () => {
    const scene = new Scene();

    greet(scene, { contentLengthMax: 700 });

    assert.equal(scene.client.getSnapshot().contentLengthMax, 700);
  });

  test('ignores frames of types that it does not know', () => {
    const scene = Scene.inRooms('lobby');
    const before = scene.client.getSnapshot();

    // A later server may send them.
    scene.environment.socket.deliver('room_moved' as 'pong', { roomId: LOBBY } as never);
    assert.equal(scene.client.getSnapshot(), before);
    scene.server.post('lobby', 'hello');
    scene.server.flush();

    assert.equal(scene.client.getSnapshot().connection.kind, 'open');
    const room = scene.client.getSnapshot().rooms.get(LOBBY);
    assert.equal(room?.kind === 'open' && room.log.messages.at(-1)?.content, 'hello');
  });

  test('returns the same snapshot until something changes', () => {
    const scene = Scene.inRooms('lobby');
    const before = scene.client.getSnapshot();

    scene.environment.socket.deliver('pong', {});
    assert.equal(scene.client.getSnapshot(), before);
    scene.server.post('lobby', 'hello');
    scene.server.flush();

    assert.notEqual(scene.client.getSnapshot(), before);
    assert.equal(before.rooms.get(LOBBY)?.kind, 'open');
  });

  test('leaves no timer and no listener behind when it is closed', () => {
    const scene = Scene.inRooms('lobby', 'ops');
    scene.server.rejections.push({ type: 'chat_message', code: 'RATE_LIMITED', retryAfter: 60 });
    scene.client.send(LOBBY, 'held');
    scene.server.flush();
    scene.client.send(OPS, 'under way');
    scene.client.type(OPS);
    scene.server.sendEvent('user_typing', { ...BOB_IN_LOBBY, isTyping: true });

    scene.client.close();

    assert.equal(scene.environment.timerCount, 0);
    assert.equal(scene.environment.listenerCount, 0);
    assert(scene.environment.socket.wasClosedByClient);
  });
});
