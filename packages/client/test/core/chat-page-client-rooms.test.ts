import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LOBBY, messagePayload, OPS, range } from '../fakes/builders.ts';
import { Scene } from '../fakes/client.ts';
import { settle } from '../fakes/fake-environment.ts';

describe('ChatClient: joining', () => {
  test('opens a room with its history, and follows it', () => {
    const scene = new Scene();
    for (const n of range(1, 60)) scene.server.post('lobby', `old ${n}`);
    scene.client.connect();
    scene.server.accept();

    scene.client.openRoom(LOBBY);
    assert.equal(scene.client.getSnapshot().rooms.get(LOBBY)?.kind, 'joining');
    scene.server.flush();
    scene.server.post('lobby', 'new');
    scene.server.flush();

    assert.deepEqual(scene.shown(), [...range(11, 60).map((n) => `old ${n}`), 'new']);
  });

  test('creates a room by its name, and returns its id', async () => {
    const scene = Scene.inRooms();

    const joining = scene.client.joinRoom('lobby');
    await settle();
    scene.server.flush();

    assert.equal(await joining, LOBBY);
    assert.equal(scene.room().name, 'lobby');
  });

  test('shows the new name and topic of a room in the list and the open room', () => {
    const scene = Scene.inRooms('lobby');
    scene.client.refreshRooms();
    scene.server.flush();
    const listed = () => {
      const { rooms } = scene.client.getSnapshot().directory;
      const { name, topic, visibility } = rooms.find(({ id }) => id === LOBBY) ?? {};
      return { name, topic, visibility };
    };

    const about = {
      roomId: LOBBY,
      name: 'Hall',
      ...({ posting: 'members', inviting: 'moderators' } as const),
      ...({ pinning: 'members', mentioningAll: 'members' } as const),
      slowModeSeconds: 0,
      archived: false,
      visibility: 'private',
    } as const;
    scene.server.sendEvent('room_changed', { ...about, topic: 'Lunch' });
    assert.deepEqual(listed(), { name: 'Hall', topic: 'Lunch', visibility: 'private' });
    assert.equal(scene.room().name, 'Hall');
    scene.server.sendEvent('room_changed', { ...about, topic: '' });

    assert.deepEqual(listed(), { name: 'Hall', topic: '', visibility: 'private' });
  });

  test('finds a room by its name without creating one', async () => {
    const scene = Scene.inRooms();
    scene.server.room('lobby');

    const found = scene.client.joinRoom('lobby', { create: false });
    const missing = scene.client.joinRoom('loby', { create: false });
    await settle();
    scene.server.flush();

    assert.equal(await found, LOBBY);
    await assert.rejects(missing, { code: 'NOT_FOUND' });
    assert.equal(scene.server.rooms.size, 1);
  });

  test('never creates a room by an id', () => {
    const scene = Scene.inRooms();

    scene.client.openRoom(LOBBY);

    const [{ payload } = {}] = scene.environment.socket.sentOf('join_room');
    assert.deepEqual(payload, { roomId: LOBBY, create: false });
  });

  test('reports why a name was rejected', async () => {
    const scene = Scene.inRooms();
    scene.server.rejections.push({ type: 'join_room', code: 'VALIDATION_ERROR' });

    const joining = scene.client.joinRoom('!!!');
    await settle();
    scene.server.flush();

    await assert.rejects(joining, { code: 'VALIDATION_ERROR' });
  });

  test('opens a room as soon as there is a connection', () => {
    const scene = new Scene();
    scene.server.room('lobby');
    scene.client.openRoom(LOBBY);
    scene.client.connect();

    scene.server.accept();
    scene.server.flush();

    assert.equal(scene.room().name, 'lobby');
  });

  test('retries a join that came too soon, when the server allows it', () => {
    const scene = Scene.inRooms();
    scene.server.room('lobby');
    scene.server.rejections.push({ type: 'join_room', code: 'RATE_LIMITED', retryAfter: 1 });
    scene.client.openRoom(LOBBY);
    scene.server.flush();
    assert.equal(scene.client.getSnapshot().rooms.get(LOBBY)?.kind, 'joining');

    scene.environment.advance(1_000);
    scene.server.flush();

    assert.equal(scene.room().name, 'lobby');
  });

  test('joins again after a connection loss during a join', () => {
    const scene = Scene.inRooms();
    scene.server.room('lobby');
    scene.client.openRoom(LOBBY);
    scene.server.cut();

    scene.reconnect();
    scene.server.flush();

    assert.equal(scene.room().name, 'lobby');
  });

  test('keeps the reason why a room cannot be opened', () => {
    const scene = Scene.inRooms();

    scene.client.openRoom(LOBBY);
    scene.server.flush();

    const room = scene.client.getSnapshot().rooms.get(LOBBY);
    assert(room?.kind === 'closed');
    assert.equal(room.reason, 'NOT_FOUND');
  });

  test('sends no second join for a room that is open or opening', () => {
    const scene = Scene.inRooms();
    scene.server.room('lobby');

    scene.client.openRoom(LOBBY);
    scene.client.openRoom(LOBBY);
    scene.server.flush();
    scene.client.openRoom(LOBBY);

    assert.equal(scene.environment.socket.sentOf('join_room').length, 1);
  });

  test('forgets a room that was left, and ignores its late events', () => {
    const scene = Scene.inRooms('lobby');

    scene.client.leaveRoom(LOBBY);
    scene.environment.socket.deliver('chat_message', messagePayload(1));
    scene.server.flush();

    assert.equal(scene.client.getSnapshot().rooms.has(LOBBY), false);
    assert.equal(scene.environment.socket.sentOf('leave_room').length, 1);
  });

  test('does not open a room that was left before the answer to its join', () => {
    const scene = Scene.inRooms();
    scene.server.room('lobby');

    scene.client.openRoom(LOBBY);
    scene.client.leaveRoom(LOBBY);
    scene.server.flush();

    assert.equal(scene.client.getSnapshot().rooms.has(LOBBY), false);
  });

  test('leaving and joining at once ends in the room, on both sides', () => {
    const scene = Scene.inRooms('lobby');

    scene.client.leaveRoom(LOBBY);
    scene.client.openRoom(LOBBY);
    scene.client.leaveRoom(LOBBY);
    scene.client.openRoom(LOBBY);
    scene.server.flush();
    scene.server.post('lobby', 'still here');
    scene.server.flush();

    assert.deepEqual(scene.shown(), ['still here']);
  });

  test('closes a room when the membership ends, but not on the answer to a leave', () => {
    const scene = Scene.inRooms('lobby', 'ops');

    scene.server.sendEvent('room_left', { roomId: OPS, reason: 'removed' });

    const ops = scene.client.getSnapshot().rooms.get(OPS);
    assert(ops?.kind === 'closed');
    assert.equal(ops.reason, 'LEFT');
    assert.equal(scene.room().kind, 'open');
  });
});

describe('ChatClient: history', () => {
  test('requests one page at a time, before the oldest message', () => {
    const scene = Scene.withHistory(120);

    void scene.client.loadOlder(LOBBY);
    void scene.client.loadOlder(LOBBY);
    assert.equal(scene.environment.socket.sentOf('get_history').length, 1);
    assert.equal(scene.room().olderPages, 'loading');
    scene.server.flush();
    void scene.client.loadOlder(LOBBY);
    scene.server.flush();
    void scene.client.loadOlder(LOBBY);
    scene.server.flush();

    assert.deepEqual(
      scene.shown(),
      range(1, 120).map((n) => `text ${n}`),
    );
    assert.equal(scene.environment.socket.sentOf('get_history').length, 2);
    assert.equal(scene.room().log.hasOlder, false);
  });

  test('reports a page that failed, and requests it again on demand', () => {
    const scene = Scene.withHistory(60);
    scene.server.rejections.push({ type: 'get_history', code: 'UNAVAILABLE' });

    void scene.client.loadOlder(LOBBY);
    scene.server.flush();
    assert.equal(scene.room().olderPages, 'failed');
    void scene.client.loadOlder(LOBBY);
    scene.server.flush();

    assert.equal(scene.timeline().length, 60);
  });

  test('does not wait for a page that was lost with its connection', () => {
    const scene = Scene.withHistory(60);

    void scene.client.loadOlder(LOBBY);
    scene.server.cut();
    assert.equal(scene.room().olderPages, 'idle');
    void scene.client.loadOlder(LOBBY);

    assert.equal(scene.room().olderPages, 'idle');
  });
});
