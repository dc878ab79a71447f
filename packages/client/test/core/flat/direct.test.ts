import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { recipientKey } from '../../../src/core/outbox/recipient-key.ts';
import { ALICE, BOB, DirectScene, message, WITH_BOB } from '../../fakes/direct-scene.ts';
import { settle } from '../../fakes/fake-environment.ts';

describe('a client of direct conversations', () => {
  let scene: DirectScene;

  beforeEach(() => {
    scene = new DirectScene();
  });

  test('subscribes, and loads its history over the socket', async () => {
    await scene.open(message(5), message(6));

    assert.equal(scene.environment.socket.url, 'ws://server/messagepal');
    assert.deepEqual(scene.sent(), [
      { type: 'subscribe', conversationId: WITH_BOB },
      { type: 'fetch_history', conversationId: WITH_BOB, limit: 50 },
    ]);
    assert.deepEqual(scene.strings(), ['message 5 sent', 'message 6 sent']);
    assert.deepEqual([scene.view().isLive, scene.view().hasOlder], [true, true]);
    assert.deepEqual(scene.view().user, { id: ALICE, role: 'teacher' });

    const older = scene.client.history.loadOlder(WITH_BOB);
    const asked = { conversationId: WITH_BOB, limit: 50, before: 5 };
    assert.deepEqual(scene.sent().at(-1), { type: 'fetch_history', ...asked });
    scene.send('history_response', {
      conversationId: WITH_BOB,
      messages: [message(4)],
      hasMore: false,
    });
    await older;
    assert.deepEqual([scene.strings()[0], scene.view().hasOlder], ['message 4 sent', false]);
  });

  test('rejects history that the server rejects', async () => {
    await scene.open(message(5));
    const older = scene.client.history.loadOlder(WITH_BOB);

    const subject = { originalType: 'fetch_history', conversationId: WITH_BOB };
    scene.send('error', { code: 'FORBIDDEN', message: 'no', ...subject });

    await assert.rejects(older, { code: 'FORBIDDEN' });
    assert.deepEqual(scene.strings(), ['message 5 sent']);
  });

  test('sends to a user, and recognizes the message in the events of the server', async () => {
    await scene.open(message(1));

    const clientMessageId = scene.client.send(recipientKey(BOB), 'hello');
    assert.deepEqual(scene.strings().at(-1), 'hello sending');
    const own = message(2, { senderId: ALICE, recipientId: BOB, content: 'hello' });
    assert.deepEqual(scene.sent().at(-1), {
      type: 'send_message',
      recipientId: BOB,
      content: 'hello',
      clientMessageId,
    });
    scene.send('message_received', { message: own, clientMessageId });

    assert.deepEqual(scene.strings().at(-1), 'hello sent');
    assert.equal(scene.view().messages.at(-1)?.key, clientMessageId);
  });

  test('subscribes again when a conversation that was opened too early gets its first message', async () => {
    scene.client.acquire(WITH_BOB);
    scene.server.accept();
    const subject = { originalType: 'subscribe', conversationId: WITH_BOB };
    scene.send('error', { code: 'NOT_FOUND', message: 'no', ...subject });
    assert.equal(scene.view().error?.code, 'NOT_FOUND');

    scene.receive(message(1));
    scene.subscribed(1);
    await settle();

    assert.deepEqual([scene.view().isLive, scene.view().error], [true, undefined]);
    assert.deepEqual(scene.strings(), ['message 1 sent']);
    scene.client.markRead(WITH_BOB, message(1).id);
    assert.equal(scene.sent().at(-1)?.['type'], 'mark_read');
    scene.environment.socket.end(1006);
    scene.comeBack();
    assert.deepEqual(scene.subscriptions(), [[WITH_BOB, 1]]);
  });

  test('subscribes again after a reconnect, in which a missing conversation may have started', async () => {
    scene.client.acquire(WITH_BOB);
    scene.server.accept();
    const subject = { originalType: 'subscribe', conversationId: WITH_BOB };
    scene.send('error', { code: 'NOT_FOUND', message: 'no', ...subject });

    scene.environment.socket.end(1006);
    scene.comeBack();
    scene.subscribed(1);
    scene.send('history_response', {
      conversationId: WITH_BOB,
      messages: [message(1)],
      hasMore: false,
    });
    await settle();

    assert.deepEqual([scene.view().isLive, scene.view().error], [true, undefined]);
    assert.deepEqual(scene.strings(), ['message 1 sent']);
  });

  test('subscribes to a conversation that its own message over HTTP has started', async () => {
    scene.client.acquire(WITH_BOB);
    scene.server.accept();
    const subject = { originalType: 'subscribe', conversationId: WITH_BOB };
    scene.send('error', { code: 'NOT_FOUND', message: 'no', ...subject });
    const posts = scene.blockSocket();
    scene.client.reconnect();
    scene.environment.socket.end(1006);
    await settle();

    scene.client.send(recipientKey(BOB), 'hello');
    await settle();
    assert.equal(posts.length, 1);
    scene.comeBack();

    assert.deepEqual(scene.subscriptions(), [[WITH_BOB, undefined]]);
  });

  test('shows read receipts: of the other user, and of the own user on another device', async () => {
    const own = { senderId: ALICE, recipientId: BOB };
    await scene.open(message(1), message(2, own), message(3, own));
    const readAt = '2026-01-31T13:00:00.000Z';
    const reads = () =>
      scene.view().messages.map((each) => each.status === 'sent' && each.readAt !== undefined);

    const read = { conversationId: WITH_BOB, readAt };
    scene.send('message_read', { ...read, messageId: 'm2', userId: BOB });
    assert.deepEqual(reads(), [false, true, false]);
    scene.send('message_read', { ...read, messageId: 'm1', userId: ALICE });
    assert.deepEqual(reads(), [true, true, false]);
  });

  test('shows edits, deletions and typing', async () => {
    await scene.open(message(1), message(2));
    const about = { conversationId: WITH_BOB, editedAt: '2026-01-31T13:00:00.000Z' };

    scene.send('message_edited', { ...about, messageId: 'm1', content: 'better', sequence: 3 });
    scene.send('message_deleted', { conversationId: WITH_BOB, messageId: 'm2', sequence: 4 });
    scene.send('user_typing', { conversationId: WITH_BOB, userId: BOB, isTyping: true });

    assert.deepEqual(scene.strings(), ['better sent', ' sent']);
    assert.deepEqual(
      scene.view().typingUsers.map(({ userId }) => userId),
      [BOB],
    );
    scene.environment.advance(10_000);
    assert.deepEqual(scene.view().typingUsers, []);
  });

  test('catches up by position, and sends over HTTP while the socket is blocked', async () => {
    await scene.open(message(1));
    const posts = scene.blockSocket();

    const clientMessageId = scene.client.send(recipientKey(BOB), 'over HTTP');
    await settle();
    const body = { recipientId: BOB, content: 'over HTTP', clientMessageId };
    assert.deepEqual(posts, [['/api/messages', body]]);
    assert.deepEqual(scene.strings(), ['message 1 sent', 'over HTTP sent']);

    scene.comeBack();
    const position = { lastSequence: 1, epoch: 'e1', lastId: 'm1' };
    assert.deepEqual(scene.sent(), [{ type: 'subscribe', conversationId: WITH_BOB, ...position }]);
  });

  test('shows a message that fails over HTTP if the socket never connected', async () => {
    scene.client.acquire(WITH_BOB);
    scene.client.rooms.nameOutboxKey(WITH_BOB, recipientKey(BOB));
    scene.blockSocket();
    scene.client.send(recipientKey(BOB), 'stored');
    await settle();

    const error = { code: 'FORBIDDEN', message: 'no' };
    scene.environment.answer = async (_, init) =>
      init?.method === 'POST'
        ? Response.json({ error }, { status: 403 })
        : Response.json({ user: { id: ALICE } });
    scene.client.send(recipientKey(BOB), 'rejected');
    await settle();

    assert.deepEqual(scene.strings(), ['stored sent', 'rejected failed']);
  });

  test('replaces its messages by the newest page if it missed too much', async () => {
    await scene.open(message(1));
    scene.server.cut();
    scene.comeBack();

    scene.subscribed(90, { truncated: true });
    scene.receive(message(91));
    const asked = { type: 'fetch_history', conversationId: WITH_BOB, limit: 50 };
    assert.deepEqual(scene.sent().at(-1), asked);
    const messages = [message(89), message(90)];
    scene.send('history_response', { conversationId: WITH_BOB, messages, hasMore: true });
    await settle();

    assert.deepEqual(scene.strings(), ['message 89 sent', 'message 90 sent', 'message 91 sent']);
    assert.equal(scene.view().hasOlder, true);
  });
});
