/** Gains and ends of memberships, as clients show them between messages. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Account } from '../../support/account.ts';
import { TestServer } from '../../support/running-server.ts';

describe('changes of memberships', () => {
  let server: TestServer;
  let count = 0;
  before(async () => {
    server = await TestServer.start({ LARGE_ROOM_PEOPLE: '3' });
  });
  after(() => server.close());

  const people = async (): Promise<readonly [Account, Account, Account, Account]> => {
    count += 1;
    const names = ['alice', 'bob', 'carol', 'dave'].map((name) => `${name}-${count}`);
    const [alice, bob, carol, dave] = await Promise.all(names.map((name) => server.signUp(name)));
    assert(alice && bob && carol && dave);
    return [alice, bob, carol, dave];
  };

  interface Change {
    readonly userId: string;
    readonly change: string;
    readonly actorId: string;
    readonly afterSequence: number;
    readonly timestamp: string;
  }
  const shown = (changes: readonly Change[] = []) =>
    changes.map(({ userId, change, actorId, afterSequence }) => [
      userId,
      change,
      actorId,
      afterSequence,
    ]);

  test('arrive live, in history and in what a client catches up, each with its place', async () => {
    const [alice, bob, carol] = await people();
    const [toAlice, toBob, toCarol] = [
      await alice.connect(),
      await bob.connect(),
      await carol.connect(),
    ];
    const { roomId, epoch } = await toAlice.joinRoom({ roomName: `timeline-${count}` });
    await toAlice.sendMessage({ roomId, content: 'one' });

    await toBob.joinRoom({ roomId });
    await toAlice.sendMessage({ roomId, content: 'two' });
    await toCarol.joinRoom({ roomId });
    await alice.must('DELETE', `/api/rooms/${roomId}/members/${bob.userId}`);
    await toAlice.sendMessage({ roomId, content: 'three' });

    const all = [
      [bob.userId, 'joined', bob.userId, 1],
      [carol.userId, 'joined', carol.userId, 2],
      [bob.userId, 'removed', alice.userId, 2],
    ];
    const left = await toAlice.next('user_left');
    const { reason, actorId, sequence } = left;
    assert.deepEqual([reason, actorId, sequence], ['removed', alice.userId, 3]);
    assert.deepEqual(shown(toAlice.ofType('membership_changed')), all.slice(0, 2));
    assert.deepEqual(toCarol.ofType('membership_changed'), []);
    const page = await toCarol.ask('get_history', { roomId }, 'history');
    assert.deepEqual(shown(page.memberships), all);
    assert.equal(page.memberships?.at(-1)?.timestamp, left.timestamp);
    const older = await toCarol.ask('get_history', { roomId, before: 2 }, 'history');
    assert.deepEqual(shown(older.memberships), all.slice(0, 1));
    const newest = await toCarol.ask('get_history', { roomId, limit: 2 }, 'history');
    assert.deepEqual(shown(newest.memberships), all.slice(1));
    const overHttp = await carol.must<typeof page>('GET', `/api/rooms/${roomId}/messages`);
    assert.deepEqual(overHttp.memberships, page.memberships);
    const tab = await carol.connect();
    const position = { roomId, lastSequence: 2, epoch };
    const [resumed] = (await tab.ask('resume', { rooms: [position] }, 'resumed')).rooms;
    assert(resumed !== undefined && !('error' in resumed));
    assert.deepEqual(shown(resumed.memberships), all.slice(1));
    for (const socket of [toAlice, toBob, toCarol, tab]) socket.close();
  });

  test('change no unread count and no sequence of a message', async () => {
    const [alice, bob, carol] = await people();
    const toAlice = await alice.connect();
    const { roomId } = await toAlice.joinRoom({ roomName: `quiet-${count}` });
    const away = await alice.connect();

    for (const each of [bob, carol]) (await each.connect()).joinRoom({ roomId });
    for (const _ of [bob, carol]) await toAlice.next('membership_changed');
    const { sequence } = await toAlice.sendMessage({ roomId, content: 'one' });

    assert.equal(sequence, 1);
    const { rooms } = await away.ask('get_rooms', { own: true }, 'room_list');
    assert.equal(rooms.find(({ id }) => id === roomId)?.unreadCount, 0);
    for (const socket of [toAlice, away]) socket.close();
  });

  test('show who was added to a group, and by whom; the first members are its beginning', async () => {
    const [alice, bob, carol] = await people();
    const [toAlice, toCarol] = [await alice.connect(), await carol.connect()];
    const userIds = [bob.userId];
    const { roomId } = await toAlice.ask(
      'create_group',
      { userIds, name: 'Trip' },
      'group_created',
    );

    await alice.must('PUT', `/api/rooms/${roomId}/members/${carol.userId}`);

    const added = [[carol.userId, 'joined', alice.userId, 0]];
    await toAlice.next('membership_changed');
    await toCarol.next('membership_changed');
    for (const socket of [toAlice, toCarol]) {
      assert.deepEqual(shown(socket.ofType('membership_changed')), added);
      const { memberships } = await socket.ask('get_history', { roomId }, 'history');
      assert.deepEqual(shown(memberships), added);
      socket.close();
    }
  });

  test('of a large room are listed, and not sent to everyone in it', async () => {
    const [alice, bob, carol, dave] = await people();
    const toAlice = await alice.connect();
    const { roomId } = await toAlice.joinRoom({ roomName: `large-${count}` });
    const erin = await server.signUp(`erin-${count}`);
    const sockets = [toAlice];
    for (const each of [bob, carol, dave, erin]) {
      const socket = await each.connect();
      await socket.joinRoom({ roomId });
      sockets.push(socket);
    }
    await toAlice.settled();

    assert.equal(toAlice.ofType('membership_changed').length, 3);
    const { memberships } = await toAlice.ask('get_history', { roomId }, 'history');
    assert.equal(memberships?.length, 4);
    for (const socket of sockets) socket.close();
  });
});
