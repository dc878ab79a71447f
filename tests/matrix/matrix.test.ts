/**
 * Every dialect with every other: a message sent through one is received through the other
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
import type { DialectDriver } from './dialect-driver.ts';
import { DIALECT_DRIVERS } from './dialects/all.ts';
import { directDriver } from './dialects/flat.ts';
import { nativeDriver } from './dialects/native.ts';
import { MatrixFixture } from './matrix-fixture.ts';

const MESSAGES_EACH = 8;

describe('dialects', () => {
  let fixture: MatrixFixture;
  before(async () => {
    fixture = await MatrixFixture.build();
  });
  after(() => fixture.close());

  /** All send at once; the last client, native, edits its messages, and reads all at the end. */
  const talk = async (
    roomId: string,
    talkers: readonly { readonly driver: DialectDriver; readonly who: string }[],
    begun: readonly HistoryEntry[] = [],
  ): Promise<void> => {
    const history: HistoryEntry[] = [...begun];
    const record = (entry: HistoryEntry) => history.push(entry);
    const others = [];
    for (const { driver, who } of talkers.slice(0, -1)) {
      others.push(await fixture.connect(driver, who, roomId, record));
    }
    const last = talkers.at(-1)?.who ?? '';
    const editor = await fixture.connect(nativeDriver, last, roomId, record);
    const all = [...others, editor];

    for (let n = 0; n < MESSAGES_EACH; n += 1) {
      for (const [index, { peer }] of all.entries()) {
        peer.say(`${index} says ${n}`, `${roomId} ${index} ${n}`);
      }
    }
    await until(() => all.every(({ held }) => held.unanswered === 0), 'all answers');
    const [first, second] = ids(history, fixture.person(last).userId);
    editor.peer.change('edit_message', first ?? '', `${roomId} edit`, 'better');
    editor.peer.change('delete_message', second ?? '', `${roomId} delete`);
    const saidBefore = begun.filter(({ type }) => type === 'ack').length;
    const head = saidBefore + all.length * MESSAGES_EACH + 2;
    // The editing client first: a polling client would ask too early.
    for (const { peer } of all.toReversed()) await peer.reach(head);
    for (const { held } of all) held.show();
    history.push(await fixture.fetch(roomId, head, last));

    assert.deepEqual(checkHistory(history), []);
    assert.equal(history.filter(({ type }) => type === 'shown').length, all.length);
    for (const { peer } of all) peer.close();
  };

  for (const one of DIALECT_DRIVERS) {
    for (const other of DIALECT_DRIVERS) {
      test(`${one.name} and ${other.name} show the same room`, async () => {
        const roomId = await fixture.createChannel(`${one.name}-${other.name}`);
        await talk(roomId, [
          { driver: one, who: 'alice' },
          { driver: other, who: 'bob' },
          { driver: nativeDriver, who: 'carol' },
        ]);
      });
    }
  }

  for (const driver of [...DIALECT_DRIVERS, directDriver]) {
    test(`direct and ${driver.name} show the same conversation`, async () => {
      const begun: HistoryEntry[] = [];
      const { one, other, roomId } = await fixture.newPair((entry) => begun.push(entry));
      const talkers = [
        { driver: directDriver, who: one },
        { driver, who: other },
        { driver: nativeDriver, who: one },
      ];
      await talk(roomId, talkers, begun);
    });
  }

  for (const driver of [...DIALECT_DRIVERS, directDriver]) {
    test(`${driver.name} reports a mention to the mentioned user`, async () => {
      const { one, other, roomId } =
        driver === directDriver
          ? await fixture.newPair()
          : {
              one: 'alice',
              other: 'bob',
              roomId: await fixture.createChannel(`named-${driver.name}`),
            };
      const { peer, held } = await fixture.connect(driver, one, roomId, () => {});
      for (const [n, content] of [`@${other}?`, 'so', `you, @${other}!`].entries()) {
        peer.say(content, `${roomId} ${n}`);
        await until(() => held.unanswered === 0, 'the answer');
      }

      const reader = fixture.server.open(fixture.person(other).token);
      const { rooms } = await reader.next('connection_established');
      const { unreadCount, mentionCount } = rooms.find(({ id }) => id === roomId) ?? {};
      assert.deepEqual({ unreadCount, mentionCount }, { unreadCount: 3, mentionCount: 2 });
      for (const client of [peer, reader]) client.close();
    });
  }

  test('agree on the unread count of a conversation, and that a block closes it', async () => {
    const { one, other, roomId } = await fixture.newPair();
    const [sender, reader] = [fixture.person(one), fixture.person(other)];
    const { server } = fixture;
    const headers = { cookie: reader.cookie };
    const direct = new FlatClient(server, '/messagepal', { headers: { cookie: sender.cookie } });
    await direct.next('connected');
    const said = { recipientId: reader.userId, content: 'hello' };
    for (const count of [1, 2]) {
      direct.send('send_message', said);
      await direct.next('message_received', count);
    }

    const native = server.open(reader.token);
    const { rooms } = await native.next('connection_established');
    const overNative = rooms.find(({ id }) => id === roomId)?.unreadCount;
    const listed = await fetch(`${server.url}/api/conversations`, { headers });
    const { conversations } = (await listed.json()) as { conversations: { unreadCount: number }[] };
    assert.deepEqual([overNative, conversations.map(({ unreadCount }) => unreadCount)], [2, [2]]);
    await native.ask('mark_read', { roomId, sequence: 3 }, 'read_position');
    const read = await direct.next('message_read');
    assert.deepEqual([read['conversationId'], read['userId']], [roomId, reader.userId]);

    const path = `${server.url}/api/blocks/${sender.userId}`;
    assert.equal((await fetch(path, { method: 'PUT', headers })).status, 200);
    direct.send('send_message', said);
    assert.equal((await direct.next('error'))['code'], 'FORBIDDEN');
    const back = await native.ask('chat_message', { roomId, content: 'x' }, 'error');
    assert.equal(back.code, 'FORBIDDEN');
    const posted = await server.post('/api/messages', { roomId, content: 'x' }, headers);
    assert.equal(posted.status, 403);
    for (const client of [direct, native]) client.close();
  });

  test('agree on presence and unread counts', async () => {
    const roomId = await fixture.createChannel('agree');
    const { server } = fixture;
    const [alice, bob] = [fixture.person('alice'), fixture.person('bob')];
    const native = server.open(alice.token);
    await native.next('connection_established');
    await native.joinRoom({ roomId });
    const channels = new FlatClient(server, '/ws/chat', { headers: { cookie: bob.cookie } });
    await channels.next('connected');
    await channels.joinChannel(roomId);
    const socketio = await SocketIoClient.connect(server, 'carol');
    await socketio.joinRoom(roomId);
    await native.sendMessage({ roomId, content: 'one' });
    await native.sendMessage({ roomId, content: 'two' });

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

  test('all end access at a ban', async () => {
    const roomId = await fixture.createChannel('banned');
    const { server } = fixture;
    const [alice, bob] = [fixture.person('alice'), fixture.person('bob')];
    const owner = server.open(alice.token);
    await owner.next('connection_established');
    await owner.joinRoom({ roomId });
    const native = server.open(bob.token);
    await native.next('connection_established');
    await native.joinRoom({ roomId });
    const channels = new FlatClient(server, '/ws/chat', { headers: { cookie: bob.cookie } });
    await channels.next('connected');
    await channels.joinChannel(roomId);
    const elsewhere = new FlatClient(server, '/ws/chat', { headers: { cookie: bob.cookie } });
    await elsewhere.next('connected');
    const socketio = new SocketIoClient(server, { auth: { token: bob.token } });
    await socketio.open();
    await socketio.joinRoom(roomId);

    const ban = await fetch(`${server.url}/api/rooms/${roomId}/bans/${bob.userId}`, {
      method: 'PUT',
      headers: { cookie: alice.cookie },
    });
    await owner.sendMessage({ roomId, content: 'without you' });

    assert.equal(ban.status, 200);
    assert.equal((await native.next('room_left')).reason, 'banned');
    assert.equal((await channels.next('error'))['code'], 'FORBIDDEN');
    assert.equal((await socketio.next<{ code: string }>('error')).code, 'FORBIDDEN');
    for (const client of [channels, elsewhere]) await client.settled();
    assert.deepEqual(elsewhere.all('error'), []); // It did not have the channel open.
    await socketio.must('room:list');
    await native.settled();
    assert.deepEqual(channels.all('new_message'), []);
    assert.deepEqual(socketio.texts, []);
    assert.deepEqual(native.ofType('chat_message'), []);
    for (const client of [owner, native, channels, elsewhere, socketio]) client.close();
  });

  test('all end connections at a logout', async () => {
    const { server } = fixture;
    await server.register('dora');
    const { token, cookie } = await server.login('dora');
    const native = server.open(token);
    const channels = new FlatClient(server, '/ws/chat', { headers: { cookie } });
    const direct = new FlatClient(server, '/messagepal', { headers: { cookie } });
    const socketio = new SocketIoClient(server, { headers: { cookie } });
    await Promise.all([
      native.next('connection_established'),
      channels.next('connected'),
      direct.next('connected'),
      socketio.open(),
    ]);

    await server.post('/api/auth/logout', {}, { cookie });

    assert.equal((await native.closed).code, 4001);
    assert.equal(await channels.end(), 4001);
    assert.equal(await direct.end(), 4001);
    await until(() => socketio.ends.length === 1, 'the end over Socket.IO');
  });
});

/** The messages that a user has sent, in order. */
function ids(history: readonly HistoryEntry[], userId: string): string[] {
  return history.flatMap((entry) =>
    entry.type === 'ack' && entry.userId === userId ? [entry.messageId] : [],
  );
}
