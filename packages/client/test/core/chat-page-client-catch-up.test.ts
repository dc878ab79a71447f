import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Epoch } from '@parley/protocol';
import { ALICE_ID, BOB_ID, LOBBY, messagePayload, OPS, range } from '../fakes/builders.ts';
import { Scene } from '../fakes/client.ts';
import { settle } from '../fakes/fake-environment.ts';

const BOB_IN_LOBBY = { roomId: LOBBY, userId: BOB_ID, username: 'bob' };

function told(scene: Scene): object {
  const { atMs: _, ...missed } = scene.client.getSnapshot().caughtUp ?? assert.fail('not yet');
  return missed;
}

describe('ChatClient: catching up', () => {
  test('requests all open rooms with one resume, and misses nothing', () => {
    const scene = Scene.inRooms('lobby', 'ops');
    scene.server.post('lobby', 'before');
    scene.server.flush();
    scene.server.cut();
    scene.server.post('lobby', 'meanwhile');
    scene.server.post('ops', 'elsewhere');

    scene.reconnect();
    const [resume, ...more] = scene.environment.socket.sentOf('resume');
    scene.server.flush();

    assert.deepEqual(more, []);
    assert.deepEqual(resume?.payload, {
      rooms: [
        { roomId: LOBBY, lastSequence: 1, epoch: 'e1', lastId: 'e1-r-lobby-1' },
        { roomId: OPS, lastSequence: 0, epoch: 'e1' },
      ],
    });
    assert.deepEqual(scene.shown(), ['before', 'meanwhile']);
    assert.deepEqual(scene.shown(OPS), ['elsewhere']);
  });

  test('reports how many messages of others were missed', () => {
    const scene = Scene.inRooms('lobby');
    scene.client.send(LOBBY, 'mine');
    scene.server.cut();
    for (const n of range(1, 3)) scene.server.post('lobby', `news ${n}`);

    scene.reconnect();
    assert.equal(scene.client.getSnapshot().caughtUp?.newMessages, 0);
    scene.server.flush();

    assert.equal(scene.client.getSnapshot().caughtUp?.newMessages, 3);
  });

  test('reports that there are more if only the newest page arrived', () => {
    const scene = Scene.inRooms('lobby', 'ops');
    scene.server.post('lobby', 'text 1');
    scene.server.flush();
    scene.server.cut();
    scene.server.catchUpMax = 60;
    for (const n of range(2, 100)) scene.server.post('lobby', `text ${n}`);
    scene.server.post('ops', 'elsewhere');

    scene.reconnect();
    scene.server.flush();
    assert.deepEqual(told(scene), { newMessages: 51, isAtLeast: true });
    scene.server.cut();
    for (const n of range(101, 160)) scene.server.post('lobby', `text ${n}`);
    scene.reconnect();
    scene.server.flush();

    assert.deepEqual(told(scene), { newMessages: 60, isAtLeast: false });
  });

  test('counts nothing of another log', () => {
    const scene = Scene.inRooms('lobby');
    scene.server.post('lobby', 'old');
    scene.server.flush();
    scene.server.cut();
    scene.server.room('lobby').epoch = 'e2' as Epoch;
    for (const n of range(2, 5)) scene.server.post('lobby', `text ${n}`);

    scene.reconnect();
    scene.server.flush();

    assert.deepEqual(told(scene), { newMessages: 0, isAtLeast: false });
  });

  test('replaces a room whose log is another one', () => {
    const scene = Scene.inRooms('lobby');
    for (const n of range(1, 5)) scene.server.post('lobby', `old ${n}`);
    scene.server.flush();
    scene.server.cut();
    const room = scene.server.room('lobby');
    room.epoch = 'e2' as Epoch;
    room.messages = room.messages.slice(0, 2).map((each) => ({ ...each, content: 'restored' }));

    scene.reconnect();
    scene.server.flush();

    assert.deepEqual(scene.shown(), ['restored', 'restored']);
  });

  test('replaces a room that missed more than the limit, and loads older pages on demand', () => {
    const scene = Scene.inRooms('lobby');
    scene.server.post('lobby', 'text 1');
    scene.server.flush();
    scene.server.cut();
    scene.server.catchUpMax = 60;
    for (const n of range(2, 100)) scene.server.post('lobby', `text ${n}`);

    scene.reconnect();
    scene.server.flush();
    assert.deepEqual(
      scene.shown(),
      range(51, 100).map((n) => `text ${n}`),
    );
    void scene.client.loadOlder(LOBBY);
    scene.server.flush();

    assert.deepEqual(
      scene.shown(),
      range(1, 100).map((n) => `text ${n}`),
    );
  });

  test('closes a room that the resume rejects, with the reason; the others continue', () => {
    const scene = Scene.inRooms('lobby', 'ops');
    scene.server.cut();
    scene.server.forbidden.add(OPS);
    scene.server.post('lobby', 'meanwhile');

    scene.reconnect();
    scene.server.flush();

    const ops = scene.client.getSnapshot().rooms.get(OPS);
    assert(ops?.kind === 'closed');
    assert.equal(ops.reason, 'FORBIDDEN');
    assert.deepEqual(scene.shown(), ['meanwhile']);
  });

  test('retries when the resume is rejected temporarily', () => {
    const scene = Scene.inRooms('lobby');
    scene.server.cut();
    scene.server.rejections.push({ type: 'resume', code: 'UNAVAILABLE', retryAfter: 3 });
    scene.reconnect();
    scene.server.flush();
    assert.equal(scene.room().isLive, false);

    scene.environment.advance(3_000);
    scene.server.flush();

    assert(scene.room().isLive);
  });

  test('fetches a lost event once it detects the gap', () => {
    const scene = Scene.inRooms('lobby');
    const room = scene.server.room('lobby');
    room.messages.push(messagePayload(1), messagePayload(2));

    scene.environment.socket.deliver('chat_message', messagePayload(2));
    assert.equal(scene.environment.socket.sentOf('resume').length, 1);
    scene.server.flush();

    assert.deepEqual(scene.shown(), ['message 1', 'message 2']);
  });

  test('pauses between requests when the gap does not close', () => {
    const scene = Scene.inRooms('lobby');

    for (const sequence of range(5, 30)) {
      scene.environment.socket.deliver('chat_message', messagePayload(sequence));
      scene.server.flush();
    }

    assert.equal(scene.environment.socket.sentOf('resume').length, 1);
  });

  test('separates members, typing and history from those before the loss', () => {
    const scene = Scene.inRooms('lobby');
    scene.server.sendEvent('user_joined', BOB_IN_LOBBY);
    scene.server.sendEvent('user_typing', { ...BOB_IN_LOBBY, isTyping: true });

    scene.server.cut();
    assert.deepEqual(scene.client.getSnapshot().typing, []);
    scene.reconnect();
    scene.server.flush();

    assert.deepEqual([...scene.room().members.keys()], [ALICE_ID]);
  });

  test('keeps queued messages when the session ended, and sends them after the login', async () => {
    const scene = Scene.inRooms('lobby');
    scene.environment.session = 'ended';
    scene.server.cut(4001);
    await settle();
    assert.equal(scene.client.getSnapshot().connection.kind, 'unauthorized');
    scene.environment.session = 'valid';
    scene.client.send(LOBBY, 'hello');

    scene.client.connect();
    scene.server.accept();
    scene.server.flush();
    await settle();

    assert.deepEqual(scene.shown(), ['hello']);
  });
});
