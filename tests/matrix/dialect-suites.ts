/** Suites of tests that span dialects, for one server and for two nodes of a cluster. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { FlatClient } from '../../packages/server/test/support/flat-client.ts';
import { SocketIoClient } from '../../packages/server/test/support/socketio-client.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import type { HistoryEntry } from '../checker/history.ts';
import { DIALECT_DRIVERS } from './dialects/all.ts';
import { directDriver } from './dialects/flat.ts';
import { nativeDriver } from './dialects/native.ts';
import { holdDialogue, type Talker } from './dialogue.ts';
import type { MatrixFixture } from './matrix-fixture.ts';

const CONCURRENT_TESTS = 4;

type Build = () => Promise<MatrixFixture>;

/**
 * Every dialect with every other: a message sent through one is received through the other
 * once, in the same order, with the same id and sequence. The checker of the delivery
 * core judges each run.
 */
export function describeDialogues(title: string, build: Build): void {
  describe(title, { concurrency: CONCURRENT_TESTS }, () => {
    let fixture: MatrixFixture;
    before(async () => {
      fixture = await build();
    });
    after(() => fixture.close());

    const talk = (
      roomId: string,
      talkers: readonly Talker[],
      begun: readonly HistoryEntry[] = [],
    ) => holdDialogue({ fixture, roomId, talkers, begun });

    for (const [index, one] of DIALECT_DRIVERS.entries()) {
      for (const other of DIALECT_DRIVERS.slice(index)) {
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

        const reader = fixture.serverOf(other).open(fixture.person(other).token);
        const { rooms } = await reader.next('connection_established');
        const { unreadCount, mentionCount } = rooms.find(({ id }) => id === roomId) ?? {};
        assert.deepEqual({ unreadCount, mentionCount }, { unreadCount: 3, mentionCount: 2 });
        for (const client of [peer, reader]) client.close();
      });
    }
  });
}

/** Dialects show the same counts, presence and blocks. */
export function describeAgreement(title: string, build: Build): void {
  describe(title, () => {
    let fixture: MatrixFixture;
    before(async () => {
      fixture = await build();
    });
    after(() => fixture.close());

    test('agree on the unread count of a conversation, and that a block ends it for the blocker', async () => {
      const { one, other, roomId } = await fixture.newPair();
      const [sender, reader] = [fixture.person(one), fixture.person(other)];
      const { server } = reader;
      const headers = { cookie: reader.cookie };
      const direct = await FlatClient.connectAs(sender.server, sender, '/messagepal');
      const said = { recipientId: reader.userId, content: 'hello' };
      for (const count of [1, 2]) {
        direct.send('send_message', said);
        await direct.next('message_received', count);
      }

      const native = server.open(reader.token);
      const { rooms } = await native.next('connection_established');
      const overNative = rooms.find(({ id }) => id === roomId)?.unreadCount;
      const listed = await fetch(`${server.url}/api/conversations`, { headers });
      const { conversations } = (await listed.json()) as {
        conversations: { unreadCount: number }[];
      };
      assert.deepEqual([overNative, conversations.map(({ unreadCount }) => unreadCount)], [2, [2]]);
      await native.ask('mark_read', { roomId, sequence: 3 }, 'read_position');
      const read = await direct.next('message_read');
      assert.deepEqual([read['conversationId'], read['userId']], [roomId, reader.userId]);

      const path = `${server.url}/api/blocks/${sender.userId}`;
      assert.equal((await fetch(path, { method: 'PUT', headers })).status, 200);
      direct.send('send_message', said);
      await direct.next('message_received', 3);
      const back = await native.ask('chat_message', { roomId, content: 'x' }, 'error');
      assert.equal(back.code, 'NOT_IN_ROOM');
      const posted = await server.post('/api/messages', { roomId, content: 'x' }, headers);
      assert.equal(posted.status, 404);
      for (const client of [direct, native]) client.close();
    });

    test('agree on presence and unread counts', async () => {
      const roomId = await fixture.createChannel('agree');
      const [alice, bob] = [fixture.person('alice'), fixture.person('bob')];
      const native = alice.server.open(alice.token);
      await native.next('connection_established');
      await native.joinRoom({ roomId });
      const channels = await FlatClient.connectAs(bob.server, bob);
      await channels.joinChannel(roomId);
      const { server } = fixture.person('carol');
      const socketio = await SocketIoClient.connect(server, 'carol');
      await socketio.joinRoom(roomId);
      await native.sendMessage({ roomId, content: 'one' });
      await native.sendMessage({ roomId, content: 'two' });
      const { id: messageId } = await native.sendMessage({ roomId, content: 'gone' });
      await native.ask('delete_message', { roomId, messageId }, 'message_ack');

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
  });
}

/** The end of access or of a session ends it in all dialects. */
export function describeEnds(title: string, build: Build): void {
  describe(title, () => {
    let fixture: MatrixFixture;
    before(async () => {
      fixture = await build();
    });
    after(() => fixture.close());

    test('all end access at a ban', async () => {
      const roomId = await fixture.createChannel('banned');
      const [alice, bob] = [fixture.person('alice'), fixture.person('bob')];
      const { server } = bob;
      const owner = alice.server.open(alice.token);
      await owner.next('connection_established');
      await owner.joinRoom({ roomId });
      const besideBob = server.open(alice.token);
      await besideBob.next('connection_established');
      await besideBob.joinRoom({ roomId });
      const native = server.open(bob.token);
      await native.next('connection_established');
      await native.joinRoom({ roomId });
      const channels = await FlatClient.connectAs(server, bob);
      await channels.joinChannel(roomId);
      const elsewhere = await FlatClient.connectAs(server, bob);
      const socketio = new SocketIoClient(server, { auth: { token: bob.token } });
      await socketio.open();
      await socketio.joinRoom(roomId);

      const ban = await fetch(`${alice.server.url}/api/rooms/${roomId}/bans/${bob.userId}`, {
        method: 'PUT',
        headers: { cookie: alice.cookie },
      });
      await owner.sendMessage({ roomId, content: 'without you' });

      assert.equal(ban.status, 200);
      assert.equal((await native.next('room_left')).reason, 'banned');
      assert.equal((await channels.next('error'))['code'], 'FORBIDDEN');
      assert.equal((await socketio.next<{ code: string }>('error')).code, 'FORBIDDEN');
      assert.equal((await besideBob.next('chat_message')).content, 'without you');
      for (const client of [channels, elsewhere]) await client.settled();
      assert.deepEqual(elsewhere.all('error'), []); // It did not have the channel open.
      await socketio.must('room:list');
      await native.settled();
      assert.deepEqual(channels.all('new_message'), []);
      assert.deepEqual(socketio.texts, []);
      assert.deepEqual(native.ofType('chat_message'), []);
      for (const client of [owner, besideBob, native, channels, elsewhere, socketio])
        client.close();
    });

    test('all refuse what a muted member writes', async () => {
      const roomId = await fixture.createChannel('muted');
      const [alice, bob] = [fixture.person('alice'), fixture.person('bob')];
      const { server } = bob;
      const native = server.open(bob.token);
      await native.next('connection_established');
      await native.joinRoom({ roomId });
      const channels = await FlatClient.connectAs(server, bob);
      await channels.joinChannel(roomId);
      const socketio = new SocketIoClient(server, { auth: { token: bob.token } });
      await socketio.open();
      await socketio.joinRoom(roomId);
      const mutedUntil = '2999-01-31T00:00:00.000Z';
      const path = `${alice.server.url}/api/rooms/${roomId}/mutes/${bob.userId}`;
      const muted = await fetch(path, {
        method: 'PUT',
        headers: { cookie: alice.cookie, 'content-type': 'application/json' },
        body: JSON.stringify({ until: mutedUntil, reason: 'Loud' }),
      });
      assert.equal(muted.status, 200);

      // Whichever node the member is connected to.
      assert.equal((await native.next('mute_changed')).mutedUntil, mutedUntil);
      const details = { mutedUntil, reason: 'Loud' };
      const refused = await native.ask('chat_message', { roomId, content: 'hello' }, 'error');
      assert.deepEqual([refused.code, refused.details], ['FORBIDDEN', details]);
      channels.send('send_message', { channelId: roomId, content: 'hello' });
      const flat = await channels.next('error');
      assert.deepEqual([flat['code'], flat['details']], ['FORBIDDEN', details]);
      const answer = await socketio.ask('message:send', { roomId, content: 'hello' });
      assert.partialDeepStrictEqual(answer.error, { code: 'FORBIDDEN', details });
      for (const client of [native, channels, socketio]) client.close();
    });

    test('all end connections at a logout', async () => {
      const { token, cookie, server } = await fixture.signUp('dora', 1);
      const native = server.open(token);
      const channels = await FlatClient.connectAs(server, { cookie });
      const direct = await FlatClient.connectAs(server, { cookie }, '/messagepal');
      const socketio = new SocketIoClient(server, { headers: { cookie } });
      await Promise.all([native.next('connection_established'), socketio.open()]);

      await fixture.server.post('/api/auth/logout', {}, { cookie });

      assert.equal((await native.closed).code, 4001);
      assert.equal(await channels.end(), 4001);
      assert.equal(await direct.end(), 4001);
      await until(() => socketio.ends.length === 1, 'the end over Socket.IO');
    });
  });
}
