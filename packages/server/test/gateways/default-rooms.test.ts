/** Rooms that everybody of the server or of a workspace joins, and the first room of a server. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RoomListEntry, RoomSettingsPayload } from '@parley/protocol';
import type { Account } from '../support/account.ts';
import { TestServer } from '../support/running-server.ts';
import { Workspace } from '../support/workspace.ts';

interface Answer {
  readonly status: number;
  readonly room: RoomSettingsPayload;
  readonly error?: { readonly code: string; readonly field?: string };
}

async function call(who: Account, method: string, path: string, body?: object): Promise<Answer> {
  const response = await who.call(method, `/api/rooms${path}`, body);
  return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) };
}

const namesOf = async (who: Account) =>
  (await who.must<{ rooms: RoomListEntry[] }>('GET', '/api/rooms?own=true')).rooms
    .map(({ name }) => name)
    .sort();

describe('a default room', () => {
  let server: TestServer;
  let owner: Account;
  before(async () => {
    server = await TestServer.start({ MESSAGE_RATE_MAX: '0', FIRST_ACCOUNT: 'owner' });
    owner = await server.signUp('olaf');
  });
  after(() => server.close());

  test('has everybody who signs up from then on, until it is one no more', async () => {
    const before = await server.signUp('early');
    const made = await call(owner, 'POST', '', { name: 'hall', isDefault: true });
    const { id } = made.room;
    await call(owner, 'POST', '', { name: 'other' });
    await owner.must('POST', '/api/messages', { roomId: id, content: 'before anybody' });
    const [alice, socket] = [await server.signUp('alice'), await owner.connect()];

    assert.deepEqual(
      [made.status, made.room.isDefault, made.room.canSetDefault],
      [201, true, true],
    );
    assert.deepEqual([await namesOf(before), await namesOf(alice)], [[], ['hall']]);
    const [listed] = (await alice.must<{ rooms: RoomListEntry[] }>('GET', '/api/rooms?own=true'))
      .rooms;
    assert.deepEqual([listed?.unreadCount, listed?.memberTotal], [0, 2]);
    // Those who have it open see it.
    await socket.joinRoom({ roomId: id });
    await server.signUp('bob');
    assert.equal((await socket.next('member_total')).memberTotal, 3);
    socket.close();

    const changed = await call(owner, 'PATCH', `/${id}`, { isDefault: false });
    assert.equal(changed.room.isDefault, undefined);
    assert.deepEqual(await namesOf(await server.signUp('carol')), []);
    assert.equal((await call(owner, 'PATCH', `/${id}`, { isDefault: true })).room.isDefault, true);
    await call(owner, 'POST', `/${id}/archive`);
    assert.deepEqual(await namesOf(await server.signUp('dave')), []);
  });

  test('has those who come with an invite, and no guests', async () => {
    await call(owner, 'POST', '', { name: 'lounge', isDefault: true });
    const { room } = await call(owner, 'POST', '', { name: 'project' });
    const registered = async (username: string, more: object) => {
      const { invite } = await owner.must<{ invite: { token: string } }>('POST', '/api/invites', {
        ...{ roomIds: [room.id], ...more },
      });
      const body = { username, password: 'correct horse', invite: invite.token };
      assert.equal((await server.post('/register', body)).status, 201);
      return server.login(username);
    };

    assert.deepEqual(await namesOf(await registered('erin', {})), ['lounge', 'project']);
    assert.deepEqual(await namesOf(await registered('gustav', { role: 'guest' })), ['project']);
  });

  test('is decided by owners and admins, and is public', async () => {
    const ivan = await server.signUp('ivan');
    const own = (await call(ivan, 'POST', '', { name: 'of ivan' })).room;

    const made = await call(ivan, 'POST', '', { name: 'all mine', isDefault: true });
    const changed = await call(ivan, 'PATCH', `/${own.id}`, { isDefault: true, topic: 'x' });
    const secret = { name: 'secret', visibility: 'private', isDefault: true };
    const hidden = await call(owner, 'POST', '', secret);
    const { id } = (await call(owner, 'POST', '', { ...secret, isDefault: false })).room;
    const opened = await call(owner, 'PATCH', `/${id}`, { isDefault: true });

    assert.deepEqual(
      [made, changed, hidden, opened].map(({ status, error }) => [status, error?.field]),
      [...Array(2).fill([403, 'isDefault']), ...Array(2).fill([400, 'isDefault'])],
    );
    assert.deepEqual([own.canSetDefault, own.topic], [undefined, '']);
    assert.ok(!(await namesOf(ivan)).includes('all mine'));
    assert.equal((await call(ivan, 'PATCH', `/${own.id}`, { isDefault: false })).status, 200);
  });

  test('of a workspace has those who join it, at once', async () => {
    const [judy, kim] = [await server.signUp('judy'), await server.signUp('kim')];
    const workspaceId = await Workspace.idOfNew(owner);
    const add = (username: string) =>
      owner.must('POST', `/api/workspaces/${workspaceId}/members`, { username });
    await add('judy');
    const made = await call(owner, 'POST', '', { name: 'news', workspaceId, isDefault: true });
    const socket = await kim.connect();

    await add('kim');

    assert.equal((await socket.next('room_activity')).roomId, made.room.id);
    assert.deepEqual([made.status, made.room.isDefault], [201, true]);
    assert.ok((await namesOf(kim)).includes('news'));
    assert.ok(!(await namesOf(judy)).includes('news'));
    socket.close();
  });
});

describe('the first room of a server', () => {
  test('is there with its owner, and has everybody who comes later', async () => {
    const server = await TestServer.start({ FIRST_ACCOUNT: 'owner', FIRST_ROOM: 'general' });
    const [owner, alice] = [await server.signUp('olaf'), await server.signUp('alice')];

    const { rooms } = await owner.must<{ rooms: RoomListEntry[] }>('GET', '/api/rooms?own=true');
    const { room } = await call(alice, 'GET', `/${rooms[0]?.id}`);

    assert.deepEqual(
      [rooms.length, room.name, room.isDefault, room.memberTotal, room.role],
      [1, 'general', true, 2, 'member'],
    );
    assert.match(room.description, /^Welcome!/);
    assert.equal((await call(owner, 'GET', `/${room.id}`)).room.role, 'owner');
    await server.close();
  });

  test('is not there if no owner registers, or none is wanted', async () => {
    for (const settings of [{ FIRST_ROOM: 'general' }, { FIRST_ACCOUNT: 'owner' }]) {
      const server = await TestServer.start(settings);
      assert.deepEqual(await namesOf(await server.signUp('olaf')), []);
      await server.close();
    }
  });
});
