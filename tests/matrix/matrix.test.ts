/**
 * Every dialect with every other: what is said through one is seen through the other
 * once, in the same order, with the same id and sequence. The checker of the delivery
 * core judges each run.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FlatClient } from '../../packages/server/test/support/flat-client.ts';
import { SocketIoClient } from '../../packages/server/test/support/socketio-client.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { checkHistory } from '../checker/check.ts';
import type { HistoryEntry } from '../checker/history.ts';
import { nativeWay } from './dialects/native.ts';
import { Town } from './town.ts';
import { WAYS } from './ways.ts';

const MESSAGES_EACH = 8;

describe('dialects', () => {
  let town: Town;
  before(async () => {
    town = await Town.build();
  });
  after(() => town.close());

  for (const one of WAYS) {
    for (const other of WAYS) {
      test(`${one.name} and ${other.name} tell of the same room`, async () => {
        const history: HistoryEntry[] = [];
        const record = (entry: HistoryEntry) => history.push(entry);
        const roomId = await town.newChannel(`${one.name}-${other.name}`);
        const alice = await town.enter(one, 'alice', roomId, record);
        const bob = await town.enter(other, 'bob', roomId, record);
        const carol = await town.enter(nativeWay, 'carol', roomId, record);
        const all = [alice, bob, carol];

        for (let n = 0; n < MESSAGES_EACH; n += 1) {
          for (const [index, { peer }] of all.entries()) {
            peer.say(`${index} says ${n}`, `${roomId} ${index} ${n}`);
          }
        }
        await until(() => all.every(({ held }) => held.unanswered === 0), 'all answers');
        const [first, second] = ids(history, town.person('carol').userId);
        carol.peer.change('edit_message', first ?? '', `${roomId} edit`, 'better');
        carol.peer.change('delete_message', second ?? '', `${roomId} delete`);
        const head = 3 * MESSAGES_EACH + 2;
        // Who changed it first: one who only asks would ask too early.
        for (const { peer } of all.toReversed()) await peer.reach(head);
        for (const { held } of all) held.show();
        history.push(await town.fetch(roomId, head));

        assert.deepEqual(checkHistory(history), []);
        assert.equal(history.filter(({ type }) => type === 'shown').length, 3);
        for (const { peer } of all) peer.close();
      });
    }
  }

  test('agree on who is there and on what is unread', async () => {
    const roomId = await town.newChannel('agree');
    const { server } = town;
    const [alice, bob] = [town.person('alice'), town.person('bob')];
    const native = server.open(alice.token);
    await native.next('connection_established');
    await native.ask('join_room', { roomId }, 'room_joined');
    const channels = new FlatClient(server, '/ws/chat', { headers: { cookie: bob.cookie } });
    await channels.next('connected');
    channels.send('join_channel', { channelId: roomId });
    await channels.next('joined_channel');
    const socketio = await SocketIoClient.connect(server, 'carol');
    await socketio.must('room:join', { roomId });
    await native.ask('chat_message', { roomId, content: 'one' }, 'message_ack');
    await native.ask('chat_message', { roomId, content: 'two' }, 'message_ack');

    const names = ['alice', 'bob', 'carol'];
    const { members } = await native.ask('get_members', { roomId }, 'member_list');
    assert.deepEqual(
      members.map(({ username }) => username),
      names,
    );
    const told = await socketio.next<{ members: { username: string }[] }>('room:members');
    assert.deepEqual(
      told.members.map(({ username }) => username),
      names,
    );
    await channels.next('user_presence', 2);
    assert.deepEqual(
      channels.all('user_presence').map((frame) => [frame['username'], frame['status']]),
      [
        ['alice', 'online'],
        ['carol', 'online'],
      ],
    );
    const carol = server.open((await server.login('carol')).token);
    const { rooms } = await carol.next('connection_established');
    const overNative = rooms.find(({ id }) => id === roomId)?.unreadCount;
    const listed = (await socketio.must('room:list')) as unknown as {
      rooms: { id: string; unreadCount: number }[];
    };
    const overSocketIo = listed.rooms.find(({ id }) => id === roomId)?.unreadCount;
    assert.deepEqual([overNative, overSocketIo], [2, 2]);
    for (const client of [native, channels, socketio, carol]) client.close();
  });

  test('all end what a ban ends', async () => {
    const roomId = await town.newChannel('banned');
    const { server } = town;
    const [alice, bob] = [town.person('alice'), town.person('bob')];
    const owner = server.open(alice.token);
    await owner.next('connection_established');
    await owner.ask('join_room', { roomId }, 'room_joined');
    const native = server.open(bob.token);
    await native.next('connection_established');
    await native.ask('join_room', { roomId }, 'room_joined');
    const channels = new FlatClient(server, '/ws/chat', { headers: { cookie: bob.cookie } });
    await channels.next('connected');
    channels.send('join_channel', { channelId: roomId });
    await channels.next('joined_channel');
    const socketio = new SocketIoClient(server, { auth: { token: bob.token } });
    await socketio.open();
    await socketio.must('room:join', { roomId });

    const ban = await fetch(`${server.url}/api/rooms/${roomId}/bans/${bob.userId}`, {
      method: 'PUT',
      headers: { cookie: alice.cookie },
    });
    await owner.ask('chat_message', { roomId, content: 'without you' }, 'message_ack');

    assert.equal(ban.status, 200);
    assert.equal((await native.next('room_left')).reason, 'banned');
    assert.equal((await channels.next('error'))['code'], 'FORBIDDEN');
    assert.equal((await socketio.next<{ code: string }>('error')).code, 'FORBIDDEN');
    await channels.settled();
    await socketio.must('room:list');
    await native.settled();
    assert.deepEqual(channels.all('new_message'), []);
    assert.deepEqual(socketio.texts, []);
    assert.deepEqual(native.ofType('chat_message'), []);
    for (const client of [owner, native, channels, socketio]) client.close();
  });

  test('all end what a logout ends', async () => {
    const { server } = town;
    await server.register('dora');
    const { token, cookie } = await server.login('dora');
    const native = server.open(token);
    const channels = new FlatClient(server, '/ws/chat', { headers: { cookie } });
    const socketio = new SocketIoClient(server, { headers: { cookie } });
    await Promise.all([
      native.next('connection_established'),
      channels.next('connected'),
      socketio.open(),
    ]);

    await server.post('/api/auth/logout', {}, { cookie });

    assert.equal((await native.closed).code, 4001);
    assert.equal(await channels.end(), 4001);
    await until(() => socketio.ends.length === 1, 'the end over Socket.IO');
  });
});

/** Of the messages that a person has sent, in their order. */
function ids(history: readonly HistoryEntry[], userId: string): string[] {
  return history.flatMap((entry) =>
    entry.type === 'ack' && entry.userId === userId ? [entry.messageId] : [],
  );
}
