/** Every list that has a maximum says whether it continues, and where. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';
import type { TestSocket } from '../support/test-socket.ts';

interface End {
  readonly hasMore: boolean;
  readonly next?: string;
}

const COUNT = 5;

describe('lists', () => {
  let server: TestServer;
  let ann: Account;
  let friend: Account;
  let socket: TestSocket;
  let workspaceId = '';
  let roomId = '';
  before(async () => {
    server = await TestServer.start({ ASK_BEFORE_STRANGERS: 'on' });
    ann = await server.signUp('ann');
    for (let index = 1; index < COUNT; index += 1) await server.login('ann');
    friend = await server.signUp('friend');
    socket = await ann.connect();
    await friend.must('POST', '/api/messages', { recipientId: ann.userId, content: 'hi' });
    for (let index = 0; index < COUNT; index += 1) {
      const writer = await server.signUp(`writer-${index}`);
      await writer.must('POST', '/api/messages', { recipientId: ann.userId, content: 'hi' });
      const other = await server.signUp(`other-${index}`);
      const stranger = await other.connect();
      roomId = (await stranger.joinRoom({ roomName: 'lobby' })).roomId;
      await stranger.ask('create_group', { userIds: [ann.userId] }, 'group_created');
      const made = await ann.must<{ workspace: { id: string } }>('POST', '/api/workspaces', {
        name: 'One',
      });
      workspaceId = made.workspace.id;
    }
    for (let index = 0; index < COUNT; index += 1) {
      await ann.must('POST', `/api/workspaces/${workspaceId}/channels`, { name: `c${index}` });
      const { users } = await ann.must<{ users: { id: string }[] }>(
        'GET',
        `/api/users?usernames=other-${index}`,
      );
      await ann.must('PUT', `/api/blocks/${users[0]?.id}`);
    }
  });
  after(() => server.close());

  const LISTS: readonly (readonly [name: string, path: () => string, count: number])[] = [
    ['conversations', () => '/api/conversations', COUNT + 1],
    ['workspaces', () => '/api/workspaces', COUNT],
    ['channels', () => `/api/workspaces/${workspaceId}/channels`, COUNT],
    ['members', () => `/api/workspaces/${workspaceId}/members`, 1],
    ['users', () => '/api/blocks', COUNT],
    ['users', () => '/api/people?q=writer', COUNT],
    ['sessions', () => '/api/sessions', COUNT],
  ];
  for (const [index, [name, path, count]] of LISTS.entries()) {
    test(`over HTTP: list ${index}, of ${name}`, async () => {
      const found: unknown[] = [];
      for (let query = '?limit=2'; ; ) {
        const url = path().includes('?') ? path() + query.replace('?', '&') : path() + query;
        const page = await ann.must<End & Record<string, unknown[]>>('GET', url);
        found.push(...(page[name] ?? []));
        assert.equal(page.hasMore, page.next !== undefined);
        assert.equal(page.hasMore, found.length < count);
        if (page.next === undefined) break;
        query = `?limit=2&after=${encodeURIComponent(page.next)}`;
      }
      const ids = found.map((each) => JSON.stringify(each));
      assert.deepEqual([found.length, new Set(ids).size], [count, count]);
    });
  }

  test('over HTTP: a position that no page has given is rejected', async () => {
    for (const path of ['/api/people?q=writer&after=x', '/api/sessions?after=x']) {
      assert.equal((await ann.call('GET', path)).status, 400, path);
    }
  });

  test('over HTTP: invitations, whose blocked inviters are hidden', async () => {
    const page = await ann.must<End & { invitations: object[] }>('GET', '/api/invitations');
    assert.deepEqual([page.invitations, page.hasMore], [[], false]);
    await ann.must('DELETE', `/api/blocks/${(await server.signUp('other-1')).userId}`);
    await ann.must('DELETE', `/api/blocks/${(await server.signUp('other-2')).userId}`);
    const first = await ann.must<End & { invitations: object[] }>(
      'GET',
      '/api/invitations?limit=1',
    );
    assert.deepEqual([first.invitations.length, first.hasMore], [1, true]);
    const rest = await ann.must<End & { invitations: object[] }>(
      'GET',
      `/api/invitations?after=${encodeURIComponent(first.next ?? '')}`,
    );
    assert.deepEqual([rest.invitations.length, rest.hasMore], [1, false]);
  });

  test('over the socket: own rooms and members', async () => {
    const names = new Set<string>();
    let after: string | undefined;
    do {
      const from = after === undefined ? {} : { after };
      const page = await socket.ask('get_rooms', { own: true, limit: 2, ...from }, 'room_list');
      for (const { id } of page.rooms) names.add(id);
      assert.equal(page.hasMore, page.next !== undefined);
      after = page.next;
    } while (after !== undefined);
    assert.equal(names.size, 2 * COUNT + 1); // Conversations and channels.
    const list = await socket.ask('get_members', { roomId, limit: 2 }, 'member_list');
    assert.deepEqual([list.members.length, list.hasMore], [2, true]);
    const all = await socket.ask('get_members', { roomId, after: list.next }, 'member_list');
    assert.deepEqual([all.members.length, all.hasMore], [COUNT - 2, false]);
    const { code } = await socket.ask('get_rooms', { own: true, after: 'x' }, 'error');
    assert.equal(code, 'VALIDATION_ERROR');
  });
});
