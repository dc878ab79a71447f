/** All conversations together, without a selected one. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { ClientMessageId, MessageId, RoomId, UserId } from '@parley/protocol';
import { CLOSE_AFTER_MS } from '../../../src/core/flat/flat-client.ts';
import { recipientKey } from '../../../src/core/outbox/recipient-key.ts';
import { ALICE, BOB, DirectScene, message, WITH_BOB } from '../../fakes/direct-scene.ts';
import { settle } from '../../fakes/fake-environment.ts';

const OLD = 'c-old' as RoomId;
const NEW = 'c-new' as RoomId;
/** Longer than the first retry delay. */
const RETRY_MS = 1_000;

describe('all conversations at once', () => {
  let scene: DirectScene;

  beforeEach(() => {
    scene = new DirectScene();
    scene.holdLists();
  });

  const inbox = (): string[] => scene.strings(scene.inbox());

  /** Subscribes; this list gives the positions of the conversations. */
  async function look(heads: Readonly<Record<string, number>>): Promise<() => void> {
    const letGo = scene.client.acquire();
    scene.server.accept();
    await scene.list(heads);
    return letGo;
  }

  test('show new messages of any conversation, and those that were missed', async () => {
    await look({ [OLD]: 7 });
    assert.deepEqual(inbox(), []);

    scene.receive(message(3));
    scene.client.send(recipientKey('u-dave' as UserId), 'hello dave');
    assert.deepEqual(inbox(), ['message 3 sent', 'hello dave sending']);

    scene.server.cut();
    scene.comeBack();
    await scene.list({ [OLD]: 9, [NEW]: 1 });

    assert.deepEqual(scene.subscriptions(), [
      [WITH_BOB, 2],
      [OLD, 7],
      [NEW, 0],
    ]);
    scene.receive(message(1, { conversationId: NEW, id: 'mn' as MessageId }));
    assert.deepEqual(inbox().slice(0, 2), ['message 1 sent', 'message 3 sent']);
  });

  test('show missed messages if a new one arrives before the list', async () => {
    await look({ [WITH_BOB]: 5 });
    scene.server.cut();
    scene.comeBack();

    scene.receive(message(8));
    scene.receive(message(2, { conversationId: NEW, id: 'mn' as MessageId }));

    assert.deepEqual(scene.subscriptions(), [
      [WITH_BOB, 5],
      [NEW, 0],
    ]);
    scene.receive(message(6), message(7), message(8));
    scene.subscribed(8);
    await scene.list({ [WITH_BOB]: 8, [NEW]: 2 });
    assert.deepEqual(inbox(), [
      'message 2 sent',
      'message 6 sent',
      'message 7 sent',
      'message 8 sent',
    ]);
    assert.equal(scene.subscriptions().length, 2);
  });

  test('start with the first new message if there was none before', async () => {
    scene.client.acquire();
    scene.server.accept();

    scene.receive(message(8));
    await scene.list({ [WITH_BOB]: 8, [OLD]: 3 });
    scene.receive(message(4, { conversationId: OLD, id: 'mo' as MessageId }));

    assert.deepEqual(scene.subscriptions(), [
      [WITH_BOB, 7],
      [OLD, 3],
    ]);
    assert.deepEqual(inbox(), ['message 4 sent', 'message 8 sent']);
  });

  test('start with the first new message if the first list never arrived', async () => {
    scene.client.acquire();
    scene.server.accept();
    scene.server.cut();
    scene.comeBack();

    scene.receive(message(8));

    assert.deepEqual(scene.subscriptions(), [[WITH_BOB, 7]]);
  });

  test('show nothing old of a conversation beyond the list', async () => {
    await look({});
    scene.receive(message(41));
    scene.subscribed(41);

    scene.server.cut();
    scene.comeBack();
    scene.receive(message(42));
    scene.subscribed(42);
    await scene.list({ [WITH_BOB]: 42 });

    assert.deepEqual(scene.subscriptions(), [[WITH_BOB, 41]]);
    scene.client.acquire(WITH_BOB);
    const messages = [message(40), message(41), message(42)];
    scene.send('history_response', { conversationId: WITH_BOB, messages, hasMore: true });
    await settle();
    assert.equal(scene.strings().length, 3);
    assert.deepEqual(inbox(), ['message 41 sent', 'message 42 sent']);
  });

  test('show a message sent over HTTP together with those missed before it', async () => {
    await look({ [WITH_BOB]: 1 });
    scene.blockSocket();

    scene.client.send(recipientKey(BOB), 'over HTTP');
    await settle();
    scene.holdLists();
    scene.comeBack();

    assert.deepEqual(inbox(), ['over HTTP sent']);
    assert.deepEqual(scene.subscriptions(), [[WITH_BOB, 1]]);
    scene.receive(message(2));
    assert.deepEqual(inbox(), ['message 2 sent', 'over HTTP sent']);
  });

  test('show a message that an HTTP answer overtook', async () => {
    scene.client.acquire();
    scene.blockSocket();
    scene.client.send(recipientKey(BOB), 'over HTTP');
    await settle();
    scene.comeBack();

    scene.receive(message(2));

    assert.deepEqual(inbox(), ['message 2 sent', 'over HTTP sent']);
  });

  test('show missed messages of a conversation that is opened and closed during the request', async () => {
    await look({ [WITH_BOB]: 5 });
    scene.server.cut();
    const close = scene.client.acquire(WITH_BOB);
    scene.comeBack();
    assert.deepEqual(scene.subscriptions(), [[WITH_BOB, undefined]]);

    scene.receive(message(8));
    close();
    scene.environment.advance(1);
    scene.subscribed(8);
    const messages = [5, 6, 7, 8].map((sequence) => message(sequence));
    // The first page was requested before the room was joined.
    for (let pages = 0; pages < 2; pages += 1) {
      scene.send('history_response', { conversationId: WITH_BOB, messages, hasMore: true });
      await settle();
    }

    assert.deepEqual(inbox(), ['message 6 sent', 'message 7 sent', 'message 8 sent']);
  });

  test('fetch the newest page if too much was missed', async () => {
    await look({});
    scene.receive(message(3));
    scene.server.cut();
    scene.comeBack();

    scene.subscribed(90, { truncated: true });
    const asked = { type: 'fetch_history', conversationId: WITH_BOB, limit: 50 };
    assert.deepEqual(scene.sent().at(-1), asked);
    const messages = [message(2), message(89), message(90)];
    scene.send('history_response', { conversationId: WITH_BOB, messages, hasMore: true });
    await settle();

    assert.deepEqual(inbox(), ['message 89 sent', 'message 90 sent']);
  });

  test('retry a list that failed temporarily', async () => {
    await look({ [WITH_BOB]: 5 });
    scene.server.cut();
    scene.comeBack();
    await scene.rejectList('UNAVAILABLE');
    assert.equal(scene.waitingLists, 0);

    scene.environment.advance(RETRY_MS);
    await scene.list({ [WITH_BOB]: 6 });

    assert.deepEqual(scene.subscriptions(), [[WITH_BOB, 5]]);
    scene.environment.advance(10 * RETRY_MS);
    assert.equal(scene.waitingLists, 0);
  });

  test('do not retry a list that was rejected', async () => {
    scene.client.acquire();
    scene.server.accept();
    await scene.rejectList('FORBIDDEN');

    scene.environment.advance(10 * RETRY_MS);

    assert.equal(scene.waitingLists, 0);
  });

  test('request no list without a connection or without subscribers', async () => {
    const letGo = await look({});
    scene.server.cut();
    scene.comeBack();
    await scene.rejectList('UNAVAILABLE');
    scene.server.cut();
    scene.environment.advance(RETRY_MS);
    assert.equal(scene.waitingLists, 0);

    scene.comeBack();
    await scene.rejectList('UNAVAILABLE');
    letGo();
    scene.environment.advance(CLOSE_AFTER_MS);

    assert.equal(scene.waitingLists, 0);
    assert.equal(scene.environment.timerCount, 0);
  });

  test('leave nothing of a conversation behind that is released while a message waits', async () => {
    const letGo = await look({ [WITH_BOB]: 5 });
    scene.receive(message(6));
    scene.subscribed(6);
    scene.server.cut();
    scene.client.send(recipientKey(BOB), 'on the way out');
    letGo();
    scene.environment.advance(CLOSE_AFTER_MS);
    await settle();

    scene.comeBack();
    const sent = scene.sent().find(({ type }) => type === 'send_message');
    const clientMessageId = sent?.['clientMessageId'] as ClientMessageId;
    scene.receive(message(7, { senderId: ALICE, recipientId: BOB, clientMessageId }));
    scene.environment.advance(CLOSE_AFTER_MS);

    const { rooms, outbox } = scene.client.getSnapshot();
    assert.deepEqual([rooms.size, outbox], [0, []]);
    assert.equal(scene.environment.socket.wasClosedByClient, true);
  });

  test('ignore a list of an earlier connection', async () => {
    await look({ [WITH_BOB]: 5 });
    scene.server.cut();
    scene.comeBack();
    scene.server.cut();
    scene.comeBack();

    // State before message 6, which was missed.
    await scene.list({ [WITH_BOB]: 5 });
    scene.receive(message(7));

    assert.deepEqual(scene.subscriptions(), [[WITH_BOB, 5]]);
  });

  test('start again for a new subscriber', async () => {
    scene.client.acquire(WITH_BOB);
    const letGo = await look({});
    scene.subscribed(0);
    scene.receive(message(1));
    assert.deepEqual(inbox(), ['message 1 sent']);

    letGo();
    scene.environment.advance(1);
    scene.client.acquire();

    assert.deepEqual(inbox(), []);
    scene.receive(message(2));
    assert.deepEqual(inbox(), ['message 2 sent']);
  });

  test('report typing in any conversation, for a limited time', async () => {
    await look({});
    const typists = () => scene.inbox().typingUsers.map(({ userId }) => userId);

    scene.send('user_typing', { conversationId: NEW, userId: BOB, isTyping: true });
    assert.deepEqual(typists(), [BOB]);
    scene.environment.advance(10_000);
    assert.deepEqual(typists(), []);
  });

  test('accept messages over HTTP, also for a new conversation', async () => {
    scene.client.acquire();
    const posts = scene.blockSocket();

    const clientMessageId = scene.client.send(recipientKey('u-new' as UserId), 'to somebody new');
    await settle();

    const body = { recipientId: 'u-new', content: 'to somebody new', clientMessageId };
    assert.deepEqual(posts, [['/api/messages', body]]);
    assert.deepEqual(inbox(), ['to somebody new sent']);
    assert.deepEqual(scene.client.getSnapshot().outbox, []);
  });

  test('are marked as read', async () => {
    await look({});
    scene.receive(message(1));
    scene.subscribed(1);

    scene.client.markRead(undefined, 'm1' as MessageId);
    scene.client.markRead(undefined, 'm1' as MessageId);

    const marks = scene.sent().filter(({ type }) => type === 'mark_read');
    const mark = { type: 'mark_read', messageId: 'm1', conversationId: WITH_BOB };
    assert.deepEqual(marks, [mark]);
  });
});
