/** `/messagepal` with raw JSON over the `ws` client, against a whole server. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../../support/account.ts';
import { FlatClient, type FlatFrame } from '../../support/flat-client.ts';
import { TestServer } from '../../support/running-server.ts';
import { until } from '../../support/wait.ts';
import { Workspace } from '../../support/workspace.ts';

interface Said {
  readonly id: string;
  readonly conversationId: string;
  readonly senderId: string;
  readonly senderName: string;
  readonly recipientId: string;
  readonly content: string;
  readonly createdAt: string;
  readonly sequence: number;
  readonly clientMessageId?: string;
  readonly readAt?: string;
  readonly editedAt?: string;
  readonly deleted?: true;
}

describe('/messagepal', () => {
  let server: TestServer;
  let people = 0;
  before(async () => {
    server = await TestServer.start({ TYPING_TIMEOUT_MS: '200', CHANNELS_BUCKET_CAPACITY: '50' });
  });
  after(() => server.close());

  /** A user without conversations. */
  const newPerson = (): Promise<Account> => {
    people += 1;
    return server.signUp(`person-${people}`);
  };
  const connect = (person: Account): Promise<FlatClient> =>
    FlatClient.connectAs(server, person, '/messagepal');
  const two = async () => {
    const [alice, bob] = [await newPerson(), await newPerson()];
    return { alice, bob, fromAlice: await connect(alice), toBob: await connect(bob) };
  };
  const sendDirect = async (
    client: FlatClient,
    recipientId: string,
    content: string,
  ): Promise<Said> => {
    const count = client.all('message_received').length;
    client.send('send_message', { recipientId, content });
    return said(await client.next('message_received', count + 1));
  };
  const conversationsOf = async (person: Account) => {
    const { conversations } = await person.must<{
      conversations: { id: string; unreadCount: number; lastMessage: Said | null }[];
    }>('GET', '/api/conversations');
    return conversations;
  };

  test('greets with the role of the account', async () => {
    const alice = await newPerson();
    const client = await connect(alice);

    assert.deepEqual(client.frames, [{ type: 'connected', userId: alice.userId, role: 'member' }]);
    client.close();
  });

  test('sends a message to every connection of both users, with the client id only to the sending one', async () => {
    const { alice, bob, fromAlice, toBob } = await two();
    const [tab, phone] = [await connect(alice), await connect(bob)];

    const key = { clientMessageId: 'c1' };
    fromAlice.send('send_message', { recipientId: bob.userId, content: ' hello ', ...key });
    const own = await fromAlice.next('message_received');
    const received = await Promise.all(
      [tab, toBob, phone].map((each) => each.next('message_received')),
    );

    const message = said(own);
    assert.equal(own['clientMessageId'], 'c1');
    for (const frame of received) assert.deepEqual(frame, { type: 'message_received', message });
    const { id, conversationId, createdAt, ...rest } = message;
    assert.ok(id !== '' && conversationId !== '' && createdAt.endsWith('Z'));
    assert.deepEqual(rest, {
      senderId: alice.userId,
      senderName: alice.username,
      recipientId: bob.userId,
      content: 'hello',
      sequence: 1,
      ...key,
    });
    await Promise.all([fromAlice, tab, toBob, phone].map((each) => each.settled()));
    for (const client of [fromAlice, tab, toBob, phone]) {
      assert.equal(client.all('message_received').length, 1);
      client.close();
    }
  });

  test('has one conversation, whichever user writes first, also if both write at once', async () => {
    const { alice, bob, fromAlice, toBob } = await two();

    for (let n = 0; n < 10; n += 1) {
      fromAlice.send('send_message', { recipientId: bob.userId, content: `a${n}` });
      toBob.send('send_message', { recipientId: alice.userId, content: `b${n}` });
    }
    await Promise.all([fromAlice, toBob].map((each) => each.next('message_received', 20)));
    await Promise.all([fromAlice, toBob].map((each) => each.settled()));

    for (const client of [fromAlice, toBob]) {
      const messages = client.all('message_received').map(said);
      assert.equal(new Set(messages.map(({ conversationId }) => conversationId)).size, 1);
      assert.deepEqual(
        messages.map(({ sequence }) => sequence),
        Array.from({ length: 20 }, (_, index) => index + 1),
      );
      client.close();
    }
  });

  test('stores a message once, however often it is sent', async () => {
    const { bob, fromAlice, toBob } = await two();
    const frame = { recipientId: bob.userId, content: 'once', clientMessageId: 'c1' };

    for (let n = 0; n < 3; n += 1) fromAlice.send('send_message', frame);
    const last = await fromAlice.next('message_received', 3);
    fromAlice.send('send_message', { ...frame, content: 'another' });

    assert.equal((await fromAlice.next('error'))['code'], 'CONFLICT');
    assert.equal(last['clientMessageId'], 'c1');
    const [first, ...others] = fromAlice.all('message_received').map(said);
    for (const other of others) assert.deepEqual(other, first);
    await toBob.settled();
    assert.equal(toBob.all('message_received').length, 1);
    for (const client of [fromAlice, toBob]) client.close();
  });

  test('sends typing to the other user, also before the first message', async () => {
    const { alice, bob, fromAlice, toBob } = await two();
    await Workspace.create(alice, bob.username); // They are no strangers.
    const tab = await connect(alice);

    fromAlice.send('typing', { recipientId: bob.userId });
    const started = await toBob.next('user_typing');
    const stopped = await toBob.next('user_typing', 2);
    const subscription = { conversationId: started['conversationId'], lastSequence: 0 };
    toBob.send('subscribe', subscription);
    assert.equal((await toBob.next('error'))['code'], 'NOT_FOUND'); // It has created nothing.
    for (const person of [alice, bob]) assert.deepEqual(await conversationsOf(person), []);
    const { conversationId } = await sendDirect(fromAlice, bob.userId, 'hello');

    const about = { type: 'user_typing', userId: alice.userId, conversationId };
    assert.deepEqual(
      [started, stopped],
      [
        { ...about, isTyping: true },
        { ...about, isTyping: false },
      ],
    );
    await tab.settled();
    assert.deepEqual([...fromAlice.all('user_typing'), ...tab.all('user_typing')], []);
    for (const client of [fromAlice, toBob, tab]) client.close();
  });

  test('sends read receipts to the sender and to other connections of the reader', async () => {
    const { alice, bob, fromAlice, toBob } = await two();
    const phone = await connect(bob);
    const one = await sendDirect(fromAlice, bob.userId, 'one');
    const two_ = await sendDirect(fromAlice, bob.userId, 'two');
    await toBob.next('message_received', 2);

    toBob.send('mark_read', { messageId: two_.id });
    const told = await fromAlice.next('message_read');
    toBob.send('mark_read', { messageId: one.id, conversationId: one.conversationId });
    await toBob.settled();
    await fromAlice.settled();

    const { conversationId } = one;
    const { readAt } = told;
    assert.deepEqual(told, {
      type: 'message_read',
      messageId: two_.id,
      conversationId,
      userId: bob.userId,
      readAt,
    });
    assert.equal(new Date(readAt as string).toISOString(), readAt);
    await phone.next('message_read');
    for (const client of [fromAlice, toBob, phone]) {
      assert.deepEqual(client.all('message_read'), [told]);
    }
    fromAlice.send('fetch_history', { conversationId });
    const { messages } = (await fromAlice.next('history_response')) as unknown as {
      messages: Said[];
    };
    assert.deepEqual(
      messages.map(({ content, readAt: at }) => [content, at]),
      [
        ['one', readAt],
        ['two', readAt],
      ],
    );
    assert.deepEqual(
      (await conversationsOf(bob)).map(({ id, unreadCount }) => [id, unreadCount]),
      [[conversationId, 0]],
    );
    assert.equal((await conversationsOf(alice))[0]?.lastMessage?.content, 'two');
    for (const client of [fromAlice, toBob, phone]) client.close();
  });

  test('answers a repeated message like the first, and lists when it was read', async () => {
    const { alice, bob, fromAlice, toBob } = await two();
    const sending = { recipientId: bob.userId, content: 'once', clientMessageId: 'c1' };
    fromAlice.send('send_message', sending);
    const { id: messageId } = said(await toBob.next('message_received'));
    toBob.send('mark_read', { messageId });
    const { readAt } = await fromAlice.next('message_read');

    fromAlice.send('send_message', sending);
    const first = said(await fromAlice.next('message_received'));
    const again = said(await fromAlice.next('message_received', 2));
    const posted = await alice.call('POST', '/api/messages', sending);
    const { message } = (await posted.json()) as { message: Said };
    const lists = await Promise.all([alice, bob].map(conversationsOf));

    const listed = lists.map(([first]) => first?.lastMessage?.readAt);
    assert.deepEqual(listed, [readAt, readAt]);
    assert.deepEqual([again, message, posted.status], [first, first, 200]);
    for (const client of [fromAlice, toBob]) client.close();
  });

  test('shows nothing of a blocked user, who does not notice', async () => {
    const { alice, bob, fromAlice, toBob } = await two();
    await bob.must('PUT', `/api/blocks/${alice.userId}`);

    const sent = await sendDirect(fromAlice, bob.userId, 'let me in');
    fromAlice.send('typing', { recipientId: bob.userId });
    await toBob.settled();

    assert.equal(sent.content, 'let me in');
    assert.deepEqual(fromAlice.all('error'), []);
    assert.deepEqual([...toBob.all('message_received'), ...toBob.all('user_typing')], []);
    assert.deepEqual(await conversationsOf(bob), []);
    for (const client of [fromAlice, toBob]) client.close();
  });

  test('hides read receipts from both users while one blocks the other', async () => {
    const { alice, bob, fromAlice, toBob } = await two();
    const { id, conversationId } = await sendDirect(fromAlice, bob.userId, 'hello');
    toBob.send('mark_read', { messageId: id });
    await fromAlice.next('message_read');
    const block = (method: string) =>
      fetch(`${server.url}/api/blocks/${alice.userId}`, {
        method,
        headers: { cookie: bob.cookie },
      });
    const shown = async (client: FlatClient) => {
      client.frames.length = 0;
      client.send('fetch_history', { conversationId });
      const { messages } = await client.next('history_response');
      client.frames.length = 0;
      client.send('subscribe', { conversationId, lastSequence: 0 });
      await client.next('subscribed');
      const missed = client.all('message_received').map((frame) => said(frame).readAt);
      return [...(messages as Said[]).map((message) => message.readAt), ...missed];
    };

    assert.equal((await block('PUT')).status, 200);

    assert.deepEqual(await shown(fromAlice), [undefined, undefined]);
    assert.equal((await conversationsOf(alice))[0]?.lastMessage?.readAt, undefined);
    assert.deepEqual(await conversationsOf(bob), []);
    await block('DELETE');
    // As read when the block ended: until then, Bob was not in the room.
    assert.deepEqual(
      (await shown(fromAlice)).map((atMs) => atMs !== undefined),
      [true, true],
    );
    for (const client of [fromAlice, toBob]) client.close();
  });

  test('keeps messages to an offline user as unread', async () => {
    const { bob, fromAlice, toBob } = await two();
    const { conversationId } = await sendDirect(fromAlice, bob.userId, 'you are here');
    toBob.close();
    await toBob.end();
    for (const content of ['one', 'two']) await sendDirect(fromAlice, bob.userId, content);

    const again = await connect(bob);
    const listed = await conversationsOf(bob);
    again.send('subscribe', { conversationId, lastSequence: 1 });
    const subscribed = await again.next('subscribed');

    assert.deepEqual(
      listed.map(({ id, unreadCount, lastMessage }) => [id, unreadCount, lastMessage?.content]),
      [[conversationId, 3, 'two']],
    );
    assert.deepEqual(
      again.frames.slice(1).map((frame) => frame.type),
      ['message_received', 'message_received', 'subscribed', 'user_presence'],
    );
    assert.deepEqual(
      again.all('message_received').map((frame) => said(frame).content),
      ['one', 'two'],
    );
    assert.deepEqual(
      { ...subscribed, epoch: '' },
      { type: 'subscribed', conversationId, headSequence: 3, epoch: '', truncated: false },
    );
    for (const client of [fromAlice, again]) client.close();
  });

  test('pages back through messages, oldest first', async () => {
    const { bob, fromAlice } = await two();
    for (let n = 1; n <= 5; n += 1) await sendDirect(fromAlice, bob.userId, `${n}`);
    const { conversationId, id: third } = said(fromAlice.all('message_received')[2] as FlatFrame);
    const page = async (query: object) => {
      const count = fromAlice.all('history_response').length + 1;
      fromAlice.send('fetch_history', { conversationId, ...query });
      const { messages, hasMore, ...about } = (await fromAlice.next(
        'history_response',
        count,
      )) as unknown as { messages: Said[]; hasMore: boolean };
      assert.deepEqual(about, { type: 'history_response', conversationId });
      return [messages.map(({ content }) => content).join(''), hasMore];
    };

    assert.deepEqual(await page({}), ['12345', false]);
    assert.deepEqual(await page({ limit: 2 }), ['45', true]);
    assert.deepEqual(await page({ limit: 2, before: 4 }), ['23', true]);
    assert.deepEqual(await page({ before: third }), ['12', false]);
    fromAlice.send('fetch_history', { conversationId, before: conversationId });
    const { code, field } = (await fromAlice.next('error')) as { code?: unknown; field?: unknown };
    assert.deepEqual([code, field], ['NOT_FOUND', 'before']);
    fromAlice.close();
  });

  test('sends edits and deletions, and applies them to missed messages and history', async () => {
    const { alice, bob, fromAlice, toBob } = await two();
    const one = await sendDirect(fromAlice, bob.userId, 'one');
    const two_ = await sendDirect(fromAlice, bob.userId, 'two');
    const { conversationId } = one;
    const native = await alice.connect();
    const change = { roomId: conversationId };

    await native.ask('edit_message', { ...change, messageId: one.id, content: '1' }, 'message_ack');
    await native.ask('delete_message', { ...change, messageId: two_.id }, 'message_ack');
    const edited = await toBob.next('message_edited');
    const deleted = await toBob.next('message_deleted');
    toBob.frames.length = 0;
    toBob.send('subscribe', { conversationId, lastSequence: 1 });
    await toBob.next('subscribed');
    toBob.send('fetch_history', { conversationId });
    const { messages } = (await toBob.next('history_response')) as unknown as { messages: Said[] };

    const { editedAt } = edited;
    const about = { conversationId, messageId: one.id, content: '1', editedAt };
    assert.deepEqual(edited, { type: 'message_edited', ...about, sequence: 3 });
    assert.deepEqual(deleted, {
      type: 'message_deleted',
      conversationId,
      messageId: two_.id,
      sequence: 4,
    });
    assert.deepEqual(
      toBob.frames.slice(0, 3).map((frame) => frame.type),
      ['message_received', 'message_edited', 'subscribed'],
    );
    assert.deepEqual(
      messages.map((message) => [message.content, message.editedAt, message.deleted]),
      [
        ['1', editedAt, undefined],
        ['', undefined, true],
      ],
    );
    native.close();
    for (const client of [fromAlice, toBob]) client.close();
  });

  test('closes when the session ends, and rejects connections without one', async () => {
    const alice = await newPerson();
    const client = await connect(alice);

    await server.post('/api/auth/logout', {}, { cookie: alice.cookie });

    assert.deepEqual(
      [await client.end(), await client.closed],
      [4001, { code: 4001, reason: 'Logged out' }],
    );
    const again = new FlatClient(server, '/messagepal', { headers: { cookie: alice.cookie } });
    assert.equal(await again.end(), 4001);
    assert.deepEqual(again.frames, []);
  });

  test('limits each connection by its own token bucket', async () => {
    const { bob, fromAlice, toBob } = await two();

    for (let n = 0; n < 60; n += 1) {
      fromAlice.send('send_message', { recipientId: bob.userId, content: `${n}` });
    }
    const total = () => fromAlice.all('message_received').length + fromAlice.all('error').length;
    await until(() => total() === 60, 'an answer for each');

    const [rejected] = fromAlice.all('error');
    assert.equal(rejected?.['code'], 'RATE_LIMITED');
    assert.ok((rejected?.['retryAfter'] as number) >= 1);
    const stored = fromAlice.all('message_received').length;
    assert.ok(stored >= 50 && stored < 60, `${stored} stored`);
    await toBob.next('message_received', stored);
    for (const client of [fromAlice, toBob]) client.close();
  });
});

function said(frame: FlatFrame): Said {
  return frame['message'] as Said;
}
