/** A room that is deleted: who may, what others see of it, and what is left, in every dialect. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../support/account.ts';
import { FlatClient } from '../support/flat-client.ts';
import { TestServer } from '../support/running-server.ts';
import { SocketIoClient } from '../support/socketio-client.ts';

describe('a deleted room', () => {
  let server: TestServer;
  let olga: Account;
  let ann: Account;
  let bob: Account;
  let cid: Account;
  before(async () => {
    server = await TestServer.start({ FIRST_ACCOUNT: 'owner', MESSAGE_RATE_MAX: '0' });
    olga = await server.signUp('olga');
    ann = await server.signUp('ann');
    bob = await server.signUp('bob');
    cid = await server.signUp('cid');
  });
  after(() => server.close());

  const statusOf = async (by: Account, method: string, path: string, body?: object) =>
    (await by.call(method, path, body)).status;
  const newRoom = async (name: string, settings: object = {}): Promise<string> => {
    const body = { name, ...settings };
    const { room } = await ann.must<{ room: { id: string } }>('POST', '/api/rooms', body);
    await ann.must('PUT', `/api/rooms/${room.id}/members/${bob.userId}`);
    return room.id;
  };

  for (const visibility of ['public', 'private']) {
    test(`is missing for all at once, and closes in every dialect (${visibility})`, async () => {
      const roomId = await newRoom(`Hall ${visibility}`, { visibility });
      const said = { roomId, content: 'elephants' };
      const { message } = await bob.must<{ message: { id: string } }>(
        'POST',
        '/api/messages',
        said,
      );
      const [open, listening] = [await bob.connect(), await bob.connect()];
      await open.joinRoom({ roomId });
      const socketio = await SocketIoClient.connect(server, 'bob');
      await socketio.joinRoom(roomId);
      const channels = await FlatClient.connectAs(server, bob);
      await channels.joinChannel(roomId);

      assert.equal(await statusOf(bob, 'DELETE', `/api/rooms/${roomId}`), 403);
      const hidden = visibility === 'private' ? 404 : 403;
      assert.equal(await statusOf(cid, 'DELETE', `/api/rooms/${roomId}`), hidden);
      assert.equal(await statusOf(ann, 'DELETE', `/api/rooms/${roomId}`), 200);

      for (const socket of [open, listening]) {
        const left = await socket.next('room_left');
        assert.deepEqual([left.roomId, left.reason], [roomId, 'deleted']);
      }
      for (const each of [ann, bob, cid, olga]) {
        for (const path of ['', '/members', '/messages', '/pins', '/files']) {
          assert.equal(await statusOf(each, 'GET', `/api/rooms/${roomId}${path}`), 404, path);
        }
        assert.equal(await statusOf(each, 'PUT', `/api/rooms/${roomId}/members/me`), 404);
        assert.equal(await statusOf(each, 'DELETE', `/api/rooms/${roomId}`), 404);
        const { rooms } = await each.must<{ rooms: { id: string }[] }>('GET', '/api/rooms');
        assert.ok(rooms.every(({ id }) => id !== roomId));
      }
      const rejected = await bob.call('POST', '/api/messages', said);
      assert.ok([403, 404].includes(rejected.status), `${rejected.status}`);
      const found = await bob.must<{ results: unknown[] }>('GET', '/api/search?q=elephants');
      assert.deepEqual(found.results, []);
      const edit = await open.ask('edit_message', {
        ...{ roomId, messageId: message.id, content: 'mice' },
      });
      assert.match(JSON.stringify(edit), /NOT_IN_ROOM|NOT_FOUND|FORBIDDEN/);
      const join = await socketio.ask('room:join', { roomId });
      assert.equal(join.ok, false);
      await channels.settled();
      channels.frames.length = 0;
      channels.send('join_channel', { channelId: roomId });
      assert.equal((await channels.next('error'))['code'], 'NOT_FOUND');
      for (const each of [open, listening, socketio, channels]) each.close();
      // The name is free.
      assert.notEqual(await newRoom(`Hall ${visibility}`), roomId);
    });
  }

  test('may be a channel, by those who administer its workspace', async () => {
    const { workspace } = await ann.must<{ workspace: { id: string } }>('POST', '/api/workspaces', {
      name: 'School',
    });
    await ann.must('POST', `/api/workspaces/${workspace.id}/members`, { username: 'bob' });
    const { room } = await bob.must<{ room: { id: string } }>('POST', '/api/rooms', {
      ...{ name: 'class', workspaceId: workspace.id },
    });
    const path = `/api/workspaces/${workspace.id}/channels`;

    const socket = await ann.connect();
    const answer = await socket.ask('delete_room', { roomId: room.id }, 'room_left');
    assert.deepEqual([answer.roomId, answer.reason], [room.id, 'deleted']);
    socket.close();
    const { channels } = await bob.must<{ channels: unknown[] }>('GET', path);
    assert.deepEqual(channels, []);
  });

  test('may be deleted by the owner of the server, and is in the audit log', async () => {
    const roomId = await newRoom('Square');
    const { room } = await olga.must<{ room: { canDelete?: boolean } }>(
      'GET',
      `/api/rooms/${roomId}`,
    );
    assert.equal(room.canDelete, true);
    assert.equal(await statusOf(olga, 'DELETE', `/api/rooms/${roomId}`), 200);
    const { entries } = await olga.must<{ entries: { target: string }[] }>(
      'GET',
      '/api/admin/audit?action=room.delete&actor=olga',
    );
    assert.equal(entries[0]?.target, roomId);
  });

  test('is no conversation', async () => {
    const { group } = await ann.must<{ group: { roomId: string } }>('POST', '/api/groups', {
      ...{ name: 'Lunch', userIds: [bob.userId, cid.userId] },
    });
    assert.equal(await statusOf(ann, 'DELETE', `/api/rooms/${group.roomId}`), 403);
  });
});
