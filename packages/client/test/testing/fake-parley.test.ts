/** The fake for tests of applications: the client sees what it would see with a server. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import { createFakeParley, type FakeParley } from '../../src/testing/index.ts';

describe('the testing fake', () => {
  let fake: FakeParley;
  let lobby: RoomId;
  beforeEach(async () => {
    fake = createFakeParley();
    lobby = fake.addRoom('lobby');
    fake.post(lobby, 'earlier');
    await fake.parley.connect();
    await fake.parley.room(lobby).open();
  });

  const texts = () => fake.parley.room(lobby).messages.map(({ content }) => content);

  test('delivers messages and changes, and stores what the client sends', async () => {
    const id = fake.post(lobby, 'hello');
    await fake.settle();
    const { done } = fake.parley.room(lobby).send({ text: 'hi', replyTo: id });
    const reply = await done;
    await fake.parley.room(lobby).react(id, '👍');
    fake.change(lobby, id, { kind: 'edit', content: 'hello all' });
    fake.change(lobby, id, { kind: 'react', emoji: '👍' });
    await fake.settle();

    assert.deepEqual(texts(), ['earlier', 'hello all', 'hi']);
    assert.deepEqual(fake.stored(lobby), ['earlier', 'hello all', 'hi']);
    const [, edited] = fake.parley.room(lobby).messages;
    assert(edited?.delivery.kind === 'sent');
    assert.equal(edited.delivery.reactions[0]?.count, 2);
    const thread = await fake.parley.room(lobby).thread(id).load();
    assert.deepEqual(
      thread.replies.map((each) => each.id),
      [reply.id],
    );
    fake.parley.close();
  });

  test('breaks the connection, and lets the client catch up', async () => {
    const seen: string[] = [];
    fake.parley.on('message', ({ content }) => seen.push(content));
    const id = fake.post(lobby, 'one');
    await fake.settle();
    fake.disconnect();
    assert.equal(fake.parley.connection.state.kind, 'reconnecting');
    fake.post(lobby, 'two');
    fake.change(lobby, id, { kind: 'delete' });
    const { done } = fake.parley.room(lobby).send({ text: 'offline' });
    await fake.reconnect();
    await done;

    assert.deepEqual(seen, ['one', 'two', 'offline']);
    assert.deepEqual(texts(), ['earlier', '', 'two', 'offline']);
    fake.parley.close();
  });

  test('rejects a command, and runs the clock of retries', async () => {
    fake.rejectNext('chat_message', 'UNAVAILABLE');
    const { done } = fake.parley.room(lobby).send({ text: 'again' });
    await fake.settle();
    assert.deepEqual(fake.stored(lobby), ['earlier']);
    await fake.advance(30_000);
    await done;
    assert.deepEqual(fake.stored(lobby), ['earlier', 'again']);

    fake.rejectNext('edit_message', 'FORBIDDEN');
    await assert.rejects(fake.parley.room(lobby).edit('m' as never, 'x'), { code: 'FORBIDDEN' });
    fake.parley.close();
  });

  test('creates direct conversations, and has windows of the timeline', async () => {
    const bob = await fake.parley.direct('user-bob');
    await bob.send({ text: 'hello bob' }).done;
    await fake.settle();
    assert.deepEqual(fake.stored(bob.id ?? ''), ['hello bob']);

    for (let n = 1; n <= 100; n += 1) fake.post(lobby, `text ${n}`);
    await fake.settle();
    const window = await fake.parley.room(lobby).around({ sequence: 50 });
    const { messages, hasOlder, hasNewer, anchorSequence } = window.getSnapshot();
    assert.deepEqual([messages.length, hasOlder, hasNewer, anchorSequence], [50, true, true, 50]);
    window.close();
    fake.type(lobby);
    await fake.settle();
    assert.equal(fake.parley.getSnapshot().typing[0]?.username, 'bob');
    fake.parley.close();
  });

  test('counts what is unread in rooms that are not open, until it is read', async () => {
    const other = fake.addRoom('other');
    const unread = () => fake.parley.room(other).unread;
    fake.post(other, 'one');
    fake.post(other, 'hello @alice');
    await fake.settle();
    const { unreadCount, mentionCount } = unread();
    assert.deepEqual([unreadCount, mentionCount], [2, 1]);
    await fake.parley.room(other).open();
    fake.parley.room(other).markRead();
    await fake.settle();
    assert.equal(unread().unreadCount, 0);
    fake.parley.room(other).close();
    await fake.settle();
    fake.post(other, 'three');
    await fake.settle();
    assert.equal(unread().unreadCount, 1);
    fake.parley.close();
  });
});
