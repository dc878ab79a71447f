/** To a guest, users with whom the guest shares nothing look as unknown ones do, in every route and command. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { COMMANDS, type CommandName } from '@parley/protocol/commands';
import { API_OPERATIONS } from '../../src/http/openapi/api-operations.ts';
import type { Account } from '../support/account.ts';
import { FlatClient } from '../support/flat-client.ts';
import { callsOf, exampleOf, idsIn, send, withIds } from '../support/route-calls.ts';
import { TestServer } from '../support/running-server.ts';

const UNKNOWN = { userId: '0199f2a4-7d3e-7f50-8182-aaaaaaaaaaaa', username: 'no-such-user' };

describe('a guest', () => {
  let server: TestServer;
  let creator: Account;
  let stranger: Account;
  let guest: Account;
  let roomId: string;
  let privateId: string;
  before(async () => {
    server = await TestServer.start({
      ...{ FIRST_ACCOUNT: 'owner', MESSAGE_RATE_MAX: '0', USER_CREATION_RATE_MAX: '0' },
    });
    creator = await server.signUp('creator');
    stranger = await server.signUp('secretary');
    const rooms = [];
    for (const visibility of ['public', 'private']) {
      const { room } = await creator.must<{ room: { id: string } }>('POST', '/api/rooms', {
        ...{ name: `${visibility} room`, visibility, inviting: 'members' },
      });
      rooms.push(room.id);
    }
    [roomId = '', privateId = ''] = rooms;
    await stranger.must('PATCH', '/api/me', { username: 'secretary-2' });
    stranger = await server.login('secretary-2');
    const joined = await server.signUp('visitor');
    await creator.must('PATCH', `/api/admin/users/${joined.userId}`, { role: 'guest' });
    guest = await server.login('visitor');
    for (const id of rooms) {
      const path = `/api/rooms/${id}/members/${guest.userId}`;
      await creator.must('PUT', path, { role: 'moderator' });
    }
  });
  after(() => server.close());

  const answerOf = async (answer: Response) => [answer.status, await answer.text()];

  test('gets the same answer about a stranger as about nobody, from every route', async () => {
    const named = Object.keys(API_OPERATIONS).flatMap((route) =>
      callsOf(route).filter((call) => {
        const ids = idsIn(call);
        return ids.has('user') || ids.has('account') || ids.has('username');
      }),
    );
    assert.ok(named.length > 15);
    for (const call of named) {
      const answers = [];
      for (const { userId, username } of [stranger, UNKNOWN]) {
        const ids = { user: userId, account: userId, username, room: roomId };
        answers.push(await answerOf(await send(guest, withIds(call, ids))));
      }
      assert.deepEqual(answers[0], answers[1], call.route);
    }
  });

  test('gets the same answers to commands, and in the other dialects', async () => {
    const socket = await guest.connect();
    for (const type of Object.keys(COMMANDS) as CommandName[]) {
      const example = exampleOf(type);
      if (!idsIn(example).has('user')) continue;
      const answers = [];
      for (const { userId: user } of [stranger, UNKNOWN]) {
        const answer = await socket.ask(type, withIds(example, { user, room: roomId }));
        const { code, field } = answer as { code?: string; field?: string };
        answers.push([code, field]);
      }
      assert.deepEqual(answers[0], answers[1], type);
    }
    socket.close();
    const pal = await FlatClient.connectAs(server, guest, '/messagepal');
    for (const { userId: recipientId } of [stranger, UNKNOWN]) {
      pal.send('send_message', { recipientId, content: 'hello' });
      await pal.settled();
    }
    const [one, other] = pal.all('error').map(({ timestamp: _, recipientId: __, ...rest }) => rest);
    pal.close();
    assert.deepEqual([one, one === undefined], [other, false]);
  });

  test('finds no stranger by id, name, former name or search, and reaches those of the own rooms', async () => {
    const users = async (query: string) =>
      (await guest.must<{ users: { username: string }[] }>('GET', `/api/users?${query}`)).users;
    assert.deepEqual(await users(`ids=${stranger.userId}`), []);
    assert.deepEqual(await users('usernames=secretary-2,secretary'), []);
    assert.deepEqual(
      (await users(`ids=${creator.userId},${guest.userId}`)).map(({ username }) => username).sort(),
      ['creator', 'visitor'],
    );
    assert.equal((await guest.call('PUT', `/api/blocks/${creator.userId}`)).status, 200);
    assert.equal((await guest.call('DELETE', `/api/blocks/${creator.userId}`)).status, 200);
    const hello = { recipientId: creator.userId, content: 'hello' };
    assert.equal((await guest.call('POST', '/api/messages', hello)).status, 201);
  });

  test('makes nobody a member by a mention, and is told of no stranger', async () => {
    for (const id of [roomId, privateId]) {
      for (const content of ['hi @secretary-2', 'hi @no-such-user']) {
        const sent = { roomId: id, content };
        const answer = await guest.must<{ message: { id: string }; notReached?: string[] }>(
          ...(['POST', '/api/messages', sent] as const),
        );
        assert.equal(answer.notReached, undefined, content);
        const edit = `/api/rooms/${id}/messages/${answer.message.id}`;
        const edited = await guest.must<{ notReached?: string[] }>('PATCH', edit, {
          content: `${content} and @secretary-2`,
        });
        assert.equal(edited.notReached, undefined, content);
      }
      const path = `/api/rooms/${id}/members?scope=members`;
      const { members } = await creator.must<{ members: { username: string }[] }>('GET', path);
      assert.deepEqual(members.map(({ username }) => username).sort(), ['creator', 'visitor']);
    }
    const hello = { recipientId: stranger.userId, content: 'hello' };
    assert.equal((await guest.call('POST', '/api/messages', hello)).status, 404);
    // From then on the two know each other.
    await stranger.must('POST', '/api/messages', { recipientId: guest.userId, content: 'hi' });
    assert.equal((await guest.call('POST', '/api/messages', hello)).status, 201);
  });
});
