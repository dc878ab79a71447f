/** Messages saved for later, over HTTP and the native dialect. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';

interface Listed {
  readonly saved: readonly {
    readonly message: { readonly id: string; readonly content: string };
    readonly room: { readonly id: string; readonly name: string };
    readonly savedAt: string;
    readonly remindAt?: string;
    readonly remindedAt?: string;
  }[];
  readonly next?: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;

describe('messages saved for later', () => {
  let server: TestServer;
  let alice: Account;
  let bob: Account;
  let roomId: string;
  before(async () => {
    server = await TestServer.start({ MESSAGE_RATE_MAX: '0' });
    [alice, bob] = [await server.signUp('alice'), await server.signUp('bob')];
    for (const each of [alice, bob]) {
      const socket = await each.connect();
      ({ roomId } = await socket.joinRoom({ roomName: 'lobby' }));
      socket.close();
    }
  });
  after(() => server.close());

  const say = async (who: Account, content: string, room = roomId): Promise<string> => {
    const body = { roomId: room, content };
    const { message } = await who.must<{ message: { id: string } }>('POST', '/api/messages', body);
    return message.id;
  };
  const list = (who: Account, query = '') => who.must<Listed>('GET', `/api/saved${query}`);
  const contents = async (who: Account) =>
    (await list(who)).saved.map(({ message }) => message.content);
  const errorOf = async (who: Account, id: string, body: object = {}) => {
    const answer = await who.call('PUT', `/api/saved/${id}`, body);
    const { error } = (await answer.json()) as { error: { code: string; field?: string } };
    return [answer.status, error.code, error.field];
  };

  test('are listed for the user alone, the last first, and removed', async () => {
    const [first, second] = [await say(bob, 'one'), await say(bob, 'two')];
    await alice.must('PUT', `/api/saved/${first}`);
    const remindAt = new Date(Date.now() + DAY_MS).toISOString();
    await alice.must('PUT', `/api/saved/${second}`, { remindAt });

    const { saved } = await list(alice);
    assert.deepEqual(
      saved.map(({ message, room, remindAt: at }) => [message.content, room, at]),
      [
        ['two', { id: roomId, name: 'lobby' }, remindAt],
        ['one', { id: roomId, name: 'lobby' }, undefined],
      ],
    );
    const page = await list(alice, '?limit=1');
    assert.equal(page.saved[0]?.message.id, second);
    const rest = await list(alice, `?limit=1&after=${encodeURIComponent(page.next ?? '')}`);
    assert.deepEqual([rest.saved[0]?.message.id, rest.next], [first, undefined]);
    assert.deepEqual(await contents(bob), []);

    await alice.must('DELETE', `/api/saved/${first}`);
    await alice.must('DELETE', `/api/saved/${first}`);
    assert.deepEqual(await contents(alice), ['two']);
    await alice.must('DELETE', `/api/saved/${second}`);
  });

  test('are the same over the native dialect', async () => {
    const messageId = await say(bob, 'native');
    const socket = await alice.connect();
    const saved = await socket.ask('save_message', { messageId });
    assert.equal((saved as unknown as { messageId: string }).messageId, messageId);
    const { saved: listed } = (await socket.ask('get_saved_messages', {})) as unknown as Listed;
    assert.equal(listed[0]?.message.content, 'native');
    await socket.ask('unsave_message', { messageId });
    assert.deepEqual(await contents(alice), []);
    socket.close();
  });

  test('exclude what the user cannot read, which looks like what does not exist', async () => {
    const { group } = await bob.must<{ group: { roomId: string } }>('POST', '/api/groups', {
      userIds: [(await server.signUp('carol')).userId],
      name: 'Secret',
    });
    const secret = await say(bob, 'secret', group.roomId);
    const hidden = await errorOf(alice, secret);
    assert.deepEqual(hidden, [404, 'NOT_FOUND', 'messageId']);
    assert.deepEqual(await errorOf(alice, 'unknown'), hidden);
    const past = { remindAt: '2020-01-01' };
    assert.deepEqual(await errorOf(bob, secret, past), [400, 'VALIDATION_ERROR', 'remindAt']);
    const far = { remindAt: new Date(Date.now() + 400 * DAY_MS).toISOString() };
    assert.deepEqual(await errorOf(bob, secret, far), [400, 'VALIDATION_ERROR', 'remindAt']);
  });

  test('leave the list with the message, and with the membership of the room', async () => {
    const [kept, deleted] = [await say(bob, 'kept'), await say(bob, 'deleted')];
    for (const id of [kept, deleted]) await alice.must('PUT', `/api/saved/${id}`);
    await bob.must('DELETE', `/api/rooms/${roomId}/messages/${deleted}`);
    assert.deepEqual(await contents(alice), ['kept']);

    await alice.must('DELETE', `/api/rooms/${roomId}/members/me`);
    assert.deepEqual(await contents(alice), []);
    assert.deepEqual(await errorOf(alice, kept), [404, 'NOT_FOUND', 'messageId']);
    const socket = await alice.connect();
    await socket.joinRoom({ roomName: 'lobby' });
    assert.deepEqual(await contents(alice), ['kept']);
    socket.close();
  });
});
