import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ClientMessageId, Epoch } from '@parley/protocol';
import { PROBE_REPLY_FAST_MS } from '../../../src/core/connection/heartbeat-probe.ts';
import { CLOSE_AFTER_MS } from '../../../src/core/flat/flat-client.ts';
import { settle } from '../../fakes/fake-environment.ts';
import { FlatScene, LOBBY, OPS } from '../../fakes/flat-scene.ts';
import { BOB } from '../../fakes/scripted-server.ts';

describe('a client of channels', () => {
  test('joins, loads the newest page, and is live', async () => {
    const scene = new FlatScene();
    for (let index = 1; index <= 60; index += 1) scene.server.post('lobby', `${index}`);
    scene.client.acquire(LOBBY);
    assert.equal(scene.view().state, 'connecting');

    await scene.connect();

    assert.equal(scene.environment.socket.url, 'ws://server/ws/chat');
    const { state, isLive, hasOlder, user, presence } = scene.view();
    assert.deepEqual([state, isLive, hasOlder, user?.username], ['open', true, true, 'alice']);
    assert.deepEqual(scene.shown()[0], '11');
    assert.deepEqual(scene.shown().length, 50);
    assert.deepEqual(presence, [{ userId: BOB.id, username: 'bob' }]);
  });

  test('loads older pages to the start, with one request for two callers', async () => {
    const scene = new FlatScene();
    for (let index = 1; index <= 120; index += 1) scene.server.post('lobby', `${index}`);
    scene.client.acquire(LOBBY);
    await scene.connect();
    const before = scene.server.requests.length;

    await Promise.all([
      scene.client.history.loadOlder(LOBBY),
      scene.client.history.loadOlder(LOBBY),
    ]);
    assert.equal(scene.server.requests.length, before + 1);
    await scene.client.history.loadOlder(LOBBY);
    await scene.client.history.loadOlder(LOBBY);

    assert.deepEqual(scene.shown(), scene.stored());
    assert.equal(scene.view().hasOlder, false);
    assert.equal(scene.server.requests.length, before + 2);
  });

  test('loads a page again that failed while the page of another channel arrived', async () => {
    const scene = new FlatScene();
    scene.server.post('lobby', 'hello');
    scene.server.post('ops', 'all is well');
    const { answer } = scene.environment;
    const busy = Response.json({ error: { code: 'UNAVAILABLE', message: 'no' } }, { status: 503 });
    const failures = [busy];
    scene.environment.answer = async (url, init) => {
      const isLobby = url.includes(LOBBY);
      // Answered before the page of the other channel.
      const failure = isLobby ? failures.shift() : undefined;
      if (!isLobby) await settle();
      return failure ?? (answer?.(url, init) as Promise<Response>);
    };
    scene.client.acquire(LOBBY);
    scene.client.acquire(OPS);
    await scene.connect();
    assert.deepEqual([scene.shown(), scene.shown(OPS)], [[], ['all is well']]);

    scene.environment.advance(1_000);
    await scene.calm();

    assert.deepEqual(scene.shown(), ['hello']);
    assert.equal(scene.view().error, undefined);
  });

  test('loads an older page that is requested while the newest is loaded again', async () => {
    const scene = new FlatScene();
    for (let index = 1; index <= 60; index += 1) scene.server.post('lobby', `${index}`);
    scene.client.acquire(LOBBY);
    await scene.connect();
    scene.server.cut();
    scene.client.reconnect();
    scene.server.accept();
    scene.server.flush();

    const older = scene.client.history.loadOlder(LOBBY);
    await scene.calm();
    await older;

    assert.deepEqual(scene.shown(), scene.stored());
  });

  test('keeps an edit that overtakes the page with the old text', async () => {
    const scene = new FlatScene();
    const { id } = scene.server.post('lobby', 'before');
    scene.client.acquire(LOBBY);
    scene.server.accept();
    // The page is answered before the edit, and received after it.
    const { answer } = scene.environment;
    const stale = await answer?.('http://server/api/channels/r-lobby/messages?limit=50');
    let release: (response: Response) => void = () => {};
    scene.environment.answer = () =>
      new Promise((resolve) => {
        release = resolve;
      });
    scene.server.flush();

    scene.server.edit('lobby', id, 'after');
    scene.server.flush();
    release(stale ?? new Response());
    await scene.calm();

    assert.deepEqual(scene.shown(), ['after']);
  });

  test('shows a message immediately, and as the same one when it is stored', async () => {
    const scene = await FlatScene.inLobby();

    const id = scene.client.send(LOBBY, '  hello ');
    assert.deepEqual(scene.shown(), ['hello (sending)']);
    await scene.calm();

    assert.deepEqual(scene.shown(), ['hello']);
    assert.equal(scene.view().messages[0]?.key, id);
  });

  test('catches up on messages, edits and deletions after a connection loss, without duplicates', async () => {
    const scene = await FlatScene.inLobby();
    const first = scene.server.post('lobby', 'first');
    const second = scene.server.post('lobby', 'second');
    scene.server.react('lobby');
    await scene.calm();

    scene.server.cut();
    assert.equal(scene.view().state, 'reconnecting');
    assert.deepEqual([scene.view().isLive, scene.view().presence], [false, []]);
    scene.server.edit('lobby', first.id, 'first, better');
    scene.server.post('lobby', 'third');
    scene.server.remove('lobby', second.id);
    await scene.reconnect();

    assert.deepEqual(scene.shown(), ['first, better', '', 'third']);
    assert.equal(scene.view().isLive, true);
  });

  test('learns read receipts of the time without a connection', async () => {
    const scene = await FlatScene.inLobby();
    scene.client.send(LOBBY, 'have you read it?');
    await scene.calm();
    const { id } = scene.server.room('lobby').messages[0] ?? assert.fail('not stored');

    scene.server.cut();
    scene.server.read('lobby', id);
    await scene.reconnect();

    const [message] = scene.view().messages;
    assert.deepEqual(message?.status === 'sent' && message.readBy, ['u-alice', BOB.id]);
  });

  test('reports the read position once, and again after a connection loss until it is confirmed', async () => {
    const scene = await FlatScene.inLobby();
    const first = scene.server.post('lobby', 'first');
    const second = scene.server.post('lobby', 'second');
    await scene.calm();
    const marks = () => scene.environment.socket.sentOf('mark_read').length;

    scene.client.markRead(LOBBY, second.id);
    scene.client.markRead(LOBBY, second.id);
    scene.client.markRead(LOBBY, first.id);
    assert.equal(marks(), 1);

    // The confirmation is lost.
    scene.server.cut();
    await scene.reconnect();
    assert.equal(marks(), 1);
    scene.server.send({
      type: 'message_read',
      channelId: LOBBY,
      messageId: second.id,
      userId: 'u-alice',
    });
    scene.server.cut();
    await scene.reconnect();
    assert.equal(marks(), 0);
  });

  test('replaces its messages if the server says so', async () => {
    const scene = await FlatScene.inLobby();
    scene.server.catchUpMax = 2;
    scene.server.post('lobby', 'old');
    await scene.calm();

    scene.server.cut();
    for (let index = 0; index < 60; index += 1) scene.server.post('lobby', `${index}`);
    await scene.reconnect();
    assert.deepEqual(scene.shown(), scene.stored().slice(-50));

    scene.server.cut();
    scene.server.rooms.delete(LOBBY);
    scene.server.room('lobby').epoch = 'e2' as Epoch;
    scene.server.post('lobby', 'another log');
    await scene.reconnect();
    assert.deepEqual(scene.shown(), ['another log']);
  });

  test('requests only what it misses: a position counts what was received, not what was sent', async () => {
    const scene = await FlatScene.inLobby();
    scene.server.cut();
    scene.server.post('lobby', 'missed');
    scene.client.send(LOBBY, 'over HTTP');
    await scene.calm();
    assert.deepEqual(scene.shown(), ['over HTTP']);

    await scene.reconnect();

    assert.deepEqual(scene.shown(), ['missed', 'over HTTP']);
  });

  test('waits as long as the server says, and shows the reason', async () => {
    const scene = await FlatScene.inLobby();
    scene.server.rejections.push({ type: 'send_message', code: 'RATE_LIMITED', retryAfter: 7 });

    scene.client.send(LOBBY, 'one too many');
    await scene.calm();
    const [message] = scene.view().messages;
    assert.equal(message?.status, 'sending');
    assert.deepEqual(message?.error, {
      code: 'RATE_LIMITED',
      message: 'no',
      retryAtMs: scene.environment.nowMs() + 7_000,
    });
    scene.environment.advance(6_999);
    await scene.calm();
    assert.deepEqual(scene.stored(), []);

    scene.environment.advance(1);
    await scene.calm();
    assert.deepEqual(scene.shown(), ['one too many']);
  });

  test('leaves a rejected message to its author, and sends the next', async () => {
    const scene = await FlatScene.inLobby();
    scene.server.rejections.push({ type: 'send_message', code: 'CONFLICT' });

    const id = scene.client.send(LOBBY, 'refused') as ClientMessageId;
    scene.client.send(LOBBY, 'fine');
    await scene.calm();
    assert.deepEqual(scene.shown(), ['fine', 'refused (failed)']);

    scene.client.retry(id);
    await scene.calm();
    assert.deepEqual(scene.shown(), ['fine', 'refused']);
  });

  test('rejects a text that the server would reject', async () => {
    const scene = await FlatScene.inLobby();
    for (const text of ['', '  ', 'x'.repeat(10_001)]) {
      assert.throws(() => scene.client.send(LOBBY, text), { code: 'VALIDATION_ERROR' });
    }
    assert.deepEqual(scene.shown(), []);
  });

  test('stops on 4001, keeps everything, and starts again on demand', async () => {
    const scene = await FlatScene.inLobby();
    scene.server.post('lobby', 'kept');
    await scene.calm();

    scene.environment.session = 'ended';
    scene.server.cut(4001);
    await scene.calm();
    assert.equal(scene.view().state, 'unauthorized');
    scene.environment.session = 'valid';
    scene.environment.advance(120_000);
    assert.equal(scene.environment.sockets.length, 1);

    scene.client.reconnect();
    await scene.connect();
    assert.deepEqual([scene.view().state, scene.shown()], ['open', ['kept']]);
  });

  test('shows why a channel is not open, and fails its queued messages', async () => {
    const scene = new FlatScene();
    scene.server.room('lobby');
    scene.server.forbidden.add(LOBBY);
    scene.client.acquire(LOBBY);
    scene.client.send(LOBBY, 'never');

    await scene.connect();

    assert.equal(scene.view().error?.code, 'FORBIDDEN');
    assert.deepEqual(scene.shown(), ['never (failed)']);
  });

  test('closes a channel from which the user was removed', async () => {
    const scene = await FlatScene.inLobby();

    scene.server.send({ type: 'error', code: 'FORBIDDEN', message: 'over', channelId: LOBBY });

    const { isLive, error, state } = scene.view();
    assert.deepEqual([isLive, error?.code, state], [false, 'FORBIDDEN', 'open']);
  });

  test('probes a silent server when the page becomes visible', async () => {
    const scene = await FlatScene.inLobby();

    scene.environment.signal('visible');
    await scene.calm();
    scene.environment.advance(PROBE_REPLY_FAST_MS);
    assert.equal(scene.view().state, 'open');

    scene.environment.signal('visible');
    scene.environment.advance(PROBE_REPLY_FAST_MS);
    assert.equal(scene.view().state, 'reconnecting');
  });

  test('returns the same view until something of its room changes', async () => {
    const scene = await FlatScene.inLobby();
    scene.server.room('ops');
    scene.client.acquire(OPS);
    await scene.calm();
    const before = scene.view();

    scene.server.post('ops', 'elsewhere');
    scene.client.send(OPS, 'elsewhere too');
    await scene.calm();
    assert.equal(scene.view(), before);

    scene.server.post('lobby', 'here');
    await scene.calm();
    assert.notEqual(scene.view(), before);
    assert.equal(scene.view().presence, before.presence);
  });
});

describe('a subscription to a channel', () => {
  test('is shared: the channel is left after the last release, and the connection closes later', async () => {
    const scene = new FlatScene();
    scene.server.room('lobby');
    const releases = [scene.client.acquire(LOBBY), scene.client.acquire(LOBBY)];
    await scene.connect();
    assert.equal(scene.environment.sockets.length, 1);
    assert.equal(scene.environment.socket.sentOf('join_channel' as never).length, 1);

    releases[0]?.();
    releases[0]?.();
    scene.environment.advance(1);
    assert.deepEqual([...scene.server.openRooms], [LOBBY]);

    releases[1]?.();
    scene.environment.advance(1);
    assert.deepEqual([...scene.server.openRooms], []);
    assert.equal(scene.environment.socket.wasClosedByClient, false);

    scene.environment.advance(CLOSE_AFTER_MS);
    assert.equal(scene.environment.socket.wasClosedByClient, true);
    assert.deepEqual([scene.environment.timerCount, scene.environment.listenerCount], [0, 0]);
  });

  test('can be released and taken again at once, as in the strict mode of React', async () => {
    const scene = new FlatScene();
    scene.server.room('lobby');
    scene.client.acquire(LOBBY)();
    scene.client.acquire(LOBBY);
    await scene.connect();
    scene.environment.advance(CLOSE_AFTER_MS);

    assert.equal(scene.environment.sockets.length, 1);
    assert.equal(scene.environment.socket.sent.length, 1);
    assert.equal(scene.view().isLive, true);
  });

  test('can be released while connecting, and leaves nothing behind', async () => {
    const scene = new FlatScene();
    scene.client.acquire(LOBBY)();
    scene.environment.advance(CLOSE_AFTER_MS);

    assert.equal(scene.environment.socket.wasClosedByClient, true);
    await settle();
    assert.deepEqual([scene.environment.timerCount, scene.environment.listenerCount], [0, 0]);
  });

  test('can be released and taken again before its join is answered', async () => {
    const scene = new FlatScene();
    scene.server.post('lobby', 'first');
    const release = scene.client.acquire(LOBBY);
    scene.server.accept();

    release();
    scene.environment.advance(1);
    scene.server.post('lobby', 'second');
    const releaseAgain = scene.client.acquire(LOBBY);
    await scene.calm();

    assert.equal(scene.view().isLive, true);
    scene.server.post('lobby', 'third');
    await scene.calm();
    assert.deepEqual(scene.shown(), ['first', 'second', 'third']);
    releaseAgain();
    scene.environment.advance(1);
    assert.deepEqual([...scene.server.openRooms], []);
  });

  test('that is released before its join is answered is left with the answer', async () => {
    const scene = new FlatScene();
    scene.server.room('lobby');
    const release = scene.client.acquire(LOBBY);
    scene.server.accept();

    release();
    scene.environment.advance(1);
    await scene.calm();

    assert.deepEqual([...scene.server.openRooms], []);
    assert.equal(scene.environment.socket.wasClosedByClient, false);
  });

  test('can be released without losing messages just written', async () => {
    const scene = new FlatScene();
    scene.server.room('lobby');
    const release = scene.client.acquire(LOBBY);
    await scene.connect();
    scene.server.cut();
    scene.server.http = 'down';
    scene.client.send(LOBBY, 'on the way out');

    release();
    scene.environment.advance(CLOSE_AFTER_MS);
    scene.client.reconnect();
    await scene.connect();
    scene.environment.advance(1);
    await scene.calm();

    assert.deepEqual(scene.stored(), ['on the way out']);
    scene.environment.advance(CLOSE_AFTER_MS);
    assert.equal(scene.environment.socket.wasClosedByClient, true);
    assert.deepEqual([...scene.server.openRooms], []);
  });
});
