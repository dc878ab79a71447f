/** Bans and mutes of members of a room, with an end and a reason. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../../support/account.ts';
import { TestServer } from '../../support/running-server.ts';

const HOUR_MS = 60 * 60_000;

interface Entry {
  readonly userId: string;
  readonly until?: string;
  readonly reason: string;
}

describe('bans and mutes', () => {
  let server: TestServer;
  let owner: Account;
  let alice: Account;
  let bob: Account;
  let carol: Account;
  let roomId: string;
  before(async () => {
    server = await TestServer.start({ USER_CHANGE_RATE_MAX: '0', FIRST_ACCOUNT: 'owner' });
    owner = await server.signUp('olivia');
    alice = await server.signUp('alice');
    bob = await server.signUp('bob');
    carol = await server.signUp('carol');
    const { room } = await alice.must<{ room: { id: string } }>('POST', '/api/rooms', {
      name: 'lobby',
    });
    roomId = room.id;
    for (const each of [bob, carol]) await each.must('PUT', `/api/rooms/${roomId}/members/me`);
  });
  after(() => server.close());

  const soon = () => new Date(Date.now() + HOUR_MS).toISOString();
  const at = (kind: 'bans' | 'mutes', who = bob) => `/api/rooms/${roomId}/${kind}/${who.userId}`;
  const answer = async (
    who: Account,
    method: string,
    path: string,
    body?: object,
  ): Promise<[number, { code?: string; field?: string; details?: object; message?: string }]> => {
    const response = await who.call(method, path, body);
    const { error = {} } = (await response.json()) as { error?: object };
    return [response.status, error];
  };
  const say = (who = bob) => answer(who, 'POST', '/api/messages', { roomId, content: 'hello' });

  test('a mute refuses what the member writes, and says until when and why', async () => {
    const socket = await bob.connect();
    const until = soon();
    await alice.must('PUT', at('mutes'), { until, reason: 'Too loud' });

    assert.deepEqual(await socket.next('mute_changed'), {
      ...{ roomId, mutedUntil: until, muteReason: 'Too loud' },
    });
    const [status, error] = await say();
    assert.deepEqual([status, error.code], [403, 'FORBIDDEN']);
    assert.deepEqual(error.details, { mutedUntil: until, reason: 'Too loud' });
    assert.match(error.message ?? '', /until .*: Too loud/);
    assert.equal((await say(carol))[0], 201);
    const { rooms } = await socket.ask('get_rooms', {}, 'room_list');
    assert.equal(rooms.find(({ id }) => id === roomId)?.mutedUntil, until);
    const { mutes } = await alice.must<{ mutes: Entry[] }>('GET', `/api/rooms/${roomId}/mutes`);
    assert.deepEqual(
      mutes.map(({ userId, until: to, reason }) => [userId, to, reason]),
      [[bob.userId, until, 'Too loud']],
    );
    const explained = await alice.must<{ reason: string }>(
      'GET',
      `/api/rooms/${roomId}/explain?userId=${bob.userId}&command=chat_message`,
    );
    assert.match(explained.reason, /is muted in the room until/);

    await alice.must('DELETE', at('mutes'));
    assert.deepEqual(await socket.next('mute_changed'), { roomId, mutedUntil: null });
    assert.equal((await say())[0], 201);
    assert.equal((await answer(alice, 'DELETE', at('mutes')))[0], 404);
    socket.close();
  });

  test('others do not see a muted member typing, who joins again or not', async () => {
    const [muted, other] = [await bob.connect(), await carol.connect()];
    await other.joinRoom({ roomId });
    await muted.joinRoom({ roomId });
    await alice.must('PUT', at('mutes'), { until: soon() });
    await muted.next('mute_changed');
    muted.send('user_typing', { roomId, isTyping: true });
    await muted.settled();
    await bob.must('DELETE', `/api/rooms/${roomId}/members/me`);
    await muted.next('room_left');
    await bob.must('PUT', `/api/rooms/${roomId}/members/me`);
    const again = await bob.connect();
    await again.joinRoom({ roomId });
    again.send('user_typing', { roomId, isTyping: true });
    await again.settled();
    await alice.must('DELETE', at('mutes'));
    await again.next('mute_changed');
    again.send('user_typing', { roomId, isTyping: true });

    assert.equal((await other.next('user_typing')).isTyping, true);
    assert.equal(other.ofType('user_typing').length, 1);
    for (const socket of [muted, other, again]) socket.close();
  });

  test('others do not see a member typing who may not write, in a room of its moderators', async () => {
    const about = { name: 'news', visibility: 'public', posting: 'moderators' };
    const made = await alice.must<{ room: { id: string } }>('POST', '/api/rooms', about);
    const { id: news } = made.room;
    const [owner, reader, other] = [
      await alice.connect(),
      await bob.connect(),
      await carol.connect(),
    ];
    for (const socket of [other, reader, owner]) await socket.joinRoom({ roomId: news });
    for (const socket of [reader, owner]) {
      socket.send('user_typing', { roomId: news, isTyping: true });
      await socket.settled();
    }
    assert.equal((await other.next('user_typing')).userId, alice.userId);
    assert.equal(other.ofType('user_typing').length, 1);
    assert.deepEqual(reader.ofType('error'), []);
    for (const socket of [owner, reader, other]) socket.close();
  });

  test('a ban has an end and a reason, and another one replaces it', async () => {
    const until = soon();
    await alice.must('PUT', at('bans'), { until, reason: 'Spam' });
    const list = async () =>
      (await alice.must<{ bans: Entry[] }>('GET', `/api/rooms/${roomId}/bans`)).bans.map(
        ({ userId, until: to, reason }) => [userId, to, reason],
      );
    assert.deepEqual(await list(), [[bob.userId, until, 'Spam']]);
    for (const [method, path] of [
      ['PUT', `/api/rooms/${roomId}/members/me`],
      ['GET', `/api/rooms/${roomId}`],
    ] as const) {
      const [status, error] = await answer(bob, method, path);
      assert.deepEqual([status, error.details], [403, { bannedUntil: until, reason: 'Spam' }]);
      assert.match(error.message ?? '', /^You are banned from this room until .*: Spam$/);
    }

    await alice.must('PUT', at('bans'));
    const [, error] = await answer(bob, 'GET', `/api/rooms/${roomId}`);
    assert.deepEqual([error.message, error.details], ['You are banned from this room', undefined]);
    assert.deepEqual(await list(), [[bob.userId, undefined, '']]);
    await alice.must('DELETE', at('bans'));
    await bob.must('PUT', `/api/rooms/${roomId}/members/me`);
  });

  test('are for moderators over members of a lower rank', async () => {
    const body = { until: soon() };
    assert.equal((await answer(bob, 'PUT', at('mutes', carol), body))[0], 403);
    assert.equal((await answer(bob, 'DELETE', at('mutes', carol)))[0], 403);
    assert.equal((await answer(bob, 'PUT', at('mutes', alice), body))[0], 403);
    assert.equal((await answer(alice, 'PUT', at('mutes', alice), body))[0], 403);
    for (const list of ['bans', 'mutes']) {
      assert.equal((await answer(bob, 'GET', `/api/rooms/${roomId}/${list}`))[0], 403);
    }
    const nobody = `/api/rooms/${roomId}/mutes/nobody`;
    assert.deepEqual((await answer(alice, 'PUT', nobody, body))[1].field, 'userId');
    assert.equal((await answer(bob, 'PUT', nobody, body))[0], 403);
  });

  test('are refused for admins of the server who are plain members', async () => {
    await owner.must('PATCH', `/api/admin/users/${carol.userId}`, { role: 'admin' });
    for (const kind of ['mutes', 'bans'] as const) {
      const act = await answer(alice, 'PUT', at(kind, carol), { until: soon() });
      assert.deepEqual([act[0], act[1].code], [403, 'FORBIDDEN']);
    }
    await owner.must('PATCH', `/api/admin/users/${carol.userId}`, { role: 'member' });
    carol = await server.login('carol');
    await alice.must('PUT', at('mutes', carol), { until: soon() });
    await alice.must('DELETE', at('mutes', carol));
  });

  test('need an end in the future, and a reason of at most 500 characters', async () => {
    const past = { until: new Date(Date.now() - 1).toISOString() };
    for (const [kind, body, field] of [
      ['mutes', past, 'until'],
      ['bans', past, 'until'],
      ['mutes', {}, 'until'],
      ['mutes', { until: 'tomorrow' }, 'until'],
      ['mutes', { until: soon(), reason: 'x'.repeat(501) }, 'reason'],
      ['bans', { reason: 'x'.repeat(501) }, 'reason'],
    ] as const) {
      const [status, error] = await answer(alice, 'PUT', at(kind), body);
      assert.deepEqual([status, error.field], [400, field], JSON.stringify(body));
    }
  });

  test('what a higher rank has made stays, and a muted moderator lifts and changes nothing', async () => {
    const moderator = await server.signUp('mona');
    await alice.must('PUT', at('mutes'), { until: soon() });
    await alice.must('PUT', `/api/rooms/${roomId}/members/${moderator.userId}`);
    await alice.must('PUT', `/api/rooms/${roomId}/members/${moderator.userId}`, {
      role: 'moderator',
    });
    const sentence = /^A higher role has made the restriction that is in force, and it stays/;
    const [lifted, why] = await answer(moderator, 'DELETE', at('mutes'));
    assert.deepEqual([lifted, why.code], [403, 'FORBIDDEN']);
    assert.match(why.message ?? '', sentence);
    const until = new Date(Date.now() + 60_000).toISOString();
    const [shortened, conflict] = await answer(moderator, 'PUT', at('mutes'), { until });
    assert.deepEqual([shortened, conflict.code], [409, 'CONFLICT']);
    assert.match(conflict.message ?? '', sentence);
    await owner.must('PUT', `/api/rooms/${roomId}/members/me`);
    await owner.must('PUT', at('bans', carol), {});
    for (const who of [moderator, alice]) {
      assert.equal((await answer(who, 'DELETE', at('bans', carol)))[0], 403);
      assert.equal((await answer(who, 'PUT', at('bans', carol), { until }))[0], 409);
    }

    await alice.must('PUT', at('mutes', moderator), { until: soon() });
    const [own, error] = await answer(moderator, 'DELETE', at('mutes', moderator));
    assert.deepEqual([own, error.message], [403, 'You cannot change a restriction of yourself']);
    for (const change of [{ topic: 'x' }, { name: 'mine' }, { description: 'x' }]) {
      const [status, refused] = await answer(moderator, 'PATCH', `/api/rooms/${roomId}`, change);
      assert.equal(status, 403);
      assert.match(JSON.stringify(refused.details), /mutedUntil/);
    }
    assert.equal((await answer(moderator, 'PUT', at('bans'), {}))[0], 403);
  });
});
