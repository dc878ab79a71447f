import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { DirectMessage, MessageId, RoomId, UserId } from '@parley/protocol';
import { DIRECT, keyOf } from '../../../src/core/flat/direct.ts';
import { FlatClient } from '../../../src/core/flat/flat-client.ts';
import { inboxViewer, type RoomView, roomViewer } from '../../../src/core/flat/room-view.ts';
import { FakeEnvironment, settle } from '../../fakes/fake-environment.ts';

const WITH_BOB = 'c-bob' as RoomId;
const BOB = 'u-bob' as UserId;
const ALICE = 'u-alice' as UserId;

function message(sequence: number, over: Partial<DirectMessage> = {}): DirectMessage {
  return {
    id: `m${sequence}` as MessageId,
    conversationId: WITH_BOB,
    senderId: BOB,
    senderName: 'bob',
    recipientId: ALICE,
    content: `message ${sequence}`,
    createdAt: new Date(Date.UTC(2026, 0, 31, 12) + sequence * 1_000).toISOString(),
    sequence,
    ...over,
  };
}

describe('a client of direct conversations', () => {
  let environment: FakeEnvironment;
  let client: FlatClient<DirectMessage>;
  let look: () => RoomView<DirectMessage>;

  beforeEach(() => {
    environment = new FakeEnvironment();
    client = new FlatClient({ serverUrl: 'http://server', environment, dialect: DIRECT });
    const viewer = roomViewer<DirectMessage>(WITH_BOB);
    look = () => viewer(client.getSnapshot());
  });

  const tell = (type: string, fields: object): void =>
    environment.socket.text(JSON.stringify({ type, ...fields }));
  // The frames of this dialect have their fields beside the type.
  const sent = () => environment.socket.sent as unknown as Record<string, unknown>[];
  const texts = (view = look()) =>
    view.messages.map(({ content, status }) => `${content} ${status}`);

  function greet(): void {
    environment.socket.upgrade();
    tell('connected', { userId: ALICE, role: 'teacher' });
  }

  /** Subscribed at the head, with these messages as the newest page. */
  async function open(...messages: DirectMessage[]): Promise<void> {
    client.hold(WITH_BOB);
    greet();
    const headSequence = messages.at(-1)?.sequence ?? 0;
    const place = { headSequence, epoch: 'e1', truncated: false };
    tell('subscribed', { conversationId: WITH_BOB, ...place });
    tell('history_response', { conversationId: WITH_BOB, messages, hasMore: true });
    await settle();
  }

  test('subscribes, and takes its history from the socket', async () => {
    await open(message(5), message(6));

    assert.equal(environment.socket.url, 'ws://server/messagepal');
    assert.deepEqual(sent(), [
      { type: 'subscribe', conversationId: WITH_BOB },
      { type: 'fetch_history', conversationId: WITH_BOB, limit: 50 },
    ]);
    assert.deepEqual(texts(), ['message 5 sent', 'message 6 sent']);
    assert.deepEqual([look().isLive, look().hasOlder], [true, true]);
    assert.deepEqual(look().user, { id: ALICE, role: 'teacher' });

    const older = client.fetchHistory(WITH_BOB);
    const asked = { conversationId: WITH_BOB, limit: 50, before: 5 };
    assert.deepEqual(sent().at(-1), { type: 'fetch_history', ...asked });
    tell('history_response', { conversationId: WITH_BOB, messages: [message(4)], hasMore: false });
    await older;
    assert.deepEqual([texts()[0], look().hasOlder], ['message 4 sent', false]);
  });

  test('refuses history that the server refuses', async () => {
    await open(message(5));
    const older = client.fetchHistory(WITH_BOB);

    const subject = { originalType: 'fetch_history', conversationId: WITH_BOB };
    tell('error', { code: 'FORBIDDEN', message: 'no', ...subject });

    await assert.rejects(older, { code: 'FORBIDDEN' });
    assert.deepEqual(texts(), ['message 5 sent']);
  });

  test('sends to a person, and knows the message again in what the server says', async () => {
    await open(message(1));

    const clientMessageId = client.send(keyOf(BOB), 'hello');
    assert.deepEqual(texts().at(-1), 'hello sending');
    const own = message(2, { senderId: ALICE, recipientId: BOB, content: 'hello' });
    assert.deepEqual(sent().at(-1), {
      type: 'send_message',
      recipientId: BOB,
      content: 'hello',
      clientMessageId,
    });
    tell('message_received', { message: own, clientMessageId });

    assert.deepEqual(texts().at(-1), 'hello sent');
    assert.equal(look().messages.at(-1)?.key, clientMessageId);
  });

  test('shows what was read: by the other one, and by oneself elsewhere', async () => {
    const own = { senderId: ALICE, recipientId: BOB };
    await open(message(1), message(2, own), message(3, own));
    const readAt = '2026-01-31T13:00:00.000Z';
    const reads = () =>
      look().messages.map((each) => each.status === 'sent' && each.readAt !== undefined);

    const read = { conversationId: WITH_BOB, readAt };
    tell('message_read', { ...read, messageId: 'm2', userId: BOB });
    assert.deepEqual(reads(), [false, true, false]);
    tell('message_read', { ...read, messageId: 'm1', userId: ALICE });
    assert.deepEqual(reads(), [true, true, false]);
  });

  test('shows edits and deletions, and who types', async () => {
    await open(message(1), message(2));
    const about = { conversationId: WITH_BOB, editedAt: '2026-01-31T13:00:00.000Z' };

    tell('message_edited', { ...about, messageId: 'm1', content: 'better', sequence: 3 });
    tell('message_deleted', { conversationId: WITH_BOB, messageId: 'm2', sequence: 4 });
    tell('user_typing', { conversationId: WITH_BOB, userId: BOB, isTyping: true });

    assert.deepEqual(texts(), ['better sent', ' sent']);
    assert.deepEqual(
      look().typingUsers.map(({ userId }) => userId),
      [BOB],
    );
    environment.advance(10_000);
    assert.deepEqual(look().typingUsers, []);
  });

  /** The socket is cut; what is posted is stored, and written down. */
  function blockSocket(): object[] {
    const posts: object[] = [];
    environment.answer = async (url, init) => {
      if (init?.method !== 'POST') return Response.json({ user: { id: ALICE } });
      const body = JSON.parse(String(init.body)) as { content: string; recipientId: UserId };
      posts.push([new URL(url).pathname, body]);
      const { content, recipientId } = body;
      const own = { content, recipientId, senderId: ALICE, senderName: 'alice' };
      const conversationId = recipientId === BOB ? WITH_BOB : (`c-${recipientId}` as RoomId);
      return Response.json({ message: message(3, { ...own, conversationId }) });
    };
    environment.socket.end(1006);
    return posts;
  }

  test('catches up by position, and sends over HTTP while the socket is blocked', async () => {
    await open(message(1));
    const posts = blockSocket();

    const clientMessageId = client.send(keyOf(BOB), 'over HTTP');
    await settle();
    const body = { recipientId: BOB, content: 'over HTTP', clientMessageId };
    assert.deepEqual(posts, [['/api/messages', body]]);
    assert.deepEqual(texts(), ['message 1 sent', 'over HTTP sent']);

    client.reconnect();
    greet();
    const position = { lastSequence: 1, epoch: 'e1', lastId: 'm1' };
    assert.deepEqual(sent(), [{ type: 'subscribe', conversationId: WITH_BOB, ...position }]);
  });

  test('takes the newest page in place of what it holds, where it missed too much', async () => {
    await open(message(1));
    environment.socket.end(1006);
    client.reconnect();
    greet();

    const place = { headSequence: 90, epoch: 'e1', truncated: true };
    tell('subscribed', { conversationId: WITH_BOB, ...place });
    tell('message_received', { message: message(91) });
    const asked = { type: 'fetch_history', conversationId: WITH_BOB, limit: 50 };
    assert.deepEqual(sent().at(-1), asked);
    const messages = [message(89), message(90)];
    tell('history_response', { conversationId: WITH_BOB, messages, hasMore: true });
    await settle();

    assert.deepEqual(texts(), ['message 89 sent', 'message 90 sent', 'message 91 sent']);
    assert.equal(look().hasOlder, true);
  });

  test('fetches, without a conversation, what it missed too much of', async () => {
    const viewer = inboxViewer<DirectMessage>();
    const inbox = () => texts(viewer(client.getSnapshot()));
    environment.answer = () => Promise.resolve(Response.json({ conversations: [] }));
    client.hold();
    greet();
    await settle();
    tell('message_received', { message: message(3) });
    environment.socket.end(1006);
    client.reconnect();
    greet();
    await settle();

    const place = { headSequence: 90, epoch: 'e1', truncated: true };
    tell('subscribed', { conversationId: WITH_BOB, ...place });
    const asked = { type: 'fetch_history', conversationId: WITH_BOB, limit: 50 };
    assert.deepEqual(sent().at(-1), asked);
    const messages = [message(2), message(89), message(90)];
    tell('history_response', { conversationId: WITH_BOB, messages, hasMore: true });
    await settle();

    assert.deepEqual(inbox(), ['message 89 sent', 'message 90 sent']);
  });

  test('sends over HTTP to one with whom there is no conversation yet', async () => {
    const viewer = inboxViewer<DirectMessage>();
    client.hold();
    const posts = blockSocket();

    const clientMessageId = client.send(keyOf('u-new'), 'to somebody new');
    await settle();

    const body = { recipientId: 'u-new', content: 'to somebody new', clientMessageId };
    assert.deepEqual(posts, [['/api/messages', body]]);
    const view = () => viewer(client.getSnapshot());
    assert.deepEqual(texts(view()), ['to somebody new sent']);
    assert.deepEqual(client.getSnapshot().outbox, []);
  });

  test('marks as read what is shown without a conversation', async () => {
    client.hold();
    greet();
    await settle();
    tell('message_received', { message: message(1) });
    const place = { headSequence: 1, epoch: 'e1', truncated: false };
    tell('subscribed', { conversationId: WITH_BOB, ...place });

    client.markRead(undefined, 'm1' as MessageId);
    client.markRead(undefined, 'm1' as MessageId);

    const marks = sent().filter(({ type }) => type === 'mark_read');
    const mark = { type: 'mark_read', messageId: 'm1', conversationId: WITH_BOB };
    assert.deepEqual(marks, [mark]);
  });

  test('shows, without a conversation, what comes in any, and what was missed', async () => {
    const viewer = inboxViewer<DirectMessage>();
    const inbox = () => texts(viewer(client.getSnapshot()));
    const withCarol = { conversationId: 'c-carol' as RoomId, senderName: 'carol' };
    let conversations = [{ id: 'c-old', kind: 'direct', lastMessage: { sequence: 7 } }];
    environment.answer = () => Promise.resolve(Response.json({ conversations }));
    client.hold();
    greet();
    await settle();
    assert.deepEqual(inbox(), []);

    tell('message_received', { message: message(3) });
    client.send(keyOf('u-dave'), 'hello dave');
    assert.deepEqual(inbox(), ['message 3 sent', 'hello dave sending']);

    environment.socket.end(1006);
    conversations = [
      { id: 'c-old', kind: 'direct', lastMessage: { sequence: 9 } },
      { id: withCarol.conversationId, kind: 'direct', lastMessage: { sequence: 1 } },
    ];
    client.reconnect();
    greet();
    await settle();

    const subscriptions = sent().filter(({ type }) => type === 'subscribe');
    assert.deepEqual(
      subscriptions.map(({ conversationId, lastSequence }) => [conversationId, lastSequence]),
      [
        [WITH_BOB, 2],
        ['c-old', 7],
        ['c-carol', 0],
      ],
    );
    tell('message_received', { message: message(1, { ...withCarol, id: 'mc' as MessageId }) });
    assert.deepEqual(inbox().slice(0, 2), ['message 1 sent', 'message 3 sent']);
  });
});
