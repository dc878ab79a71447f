/** A socket that was lost goes on where it was, by Socket.IO's own recovery. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import { SentLog, toOffset } from '../../../src/gateways/socketio/sent-log.ts';
import { TestServer } from '../../support/running-server.ts';
import { SocketIoClient, tokenOf } from '../../support/socketio-client.ts';
import { until } from '../../support/wait.ts';

describe('recovery over Socket.IO', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start({ MESSAGE_RATE_MAX: '0', CATCH_UP_EVENTS_MAX: '20' });
  });
  after(() => server.close());

  const cut = async (client: SocketIoClient) => {
    client.socket.io.engine.close();
    await until(() => !client.socket.connected, 'the loss');
  };
  const comeBack = async (client: SocketIoClient) => {
    client.socket.connect();
    await client.open();
  };
  const meet = async (version: string, rooms: readonly string[]) => {
    const alice = await SocketIoClient.connect(server, 'alice');
    const bob = await SocketIoClient.connect(server, 'bob', { version });
    const ids: string[] = [];
    for (const room of rooms) {
      const { roomId } = await alice.must('room:join', {
        roomId: `${room}-${version.replace('.', '-')}`,
      });
      ids.push(roomId as string);
      await bob.must('room:join', { roomId });
    }
    const say = (roomId: string | undefined, content: string) =>
      alice.must('message:send', { roomId, content });
    return { alice, bob, ids, say };
  };

  for (const version of ['4.6', '4.8']) {
    test(`client ${version} gets what it missed in each room, once, without a join`, async () => {
      const { alice, bob, ids, say } = await meet(version, ['one', 'two']);
      const [one, two] = ids;
      await say(one, 'a');
      await say(two, 'b');
      await until(() => bob.texts.length === 2, 'both');
      const { id } = bob.socket;

      await cut(bob);
      await say(one, 'c');
      await say(two, 'd');
      await comeBack(bob);
      await until(() => bob.texts.length === 4, 'what was missed');
      await say(one, 'e');
      await until(() => bob.texts.length === 5, 'the next');

      assert.equal(bob.socket.recovered, true);
      assert.equal(bob.socket.id, id);
      assert.deepEqual(bob.texts.slice(0, 2), ['a', 'b']);
      assert.deepEqual(bob.texts.slice(2, 4).sort(), ['c', 'd']);
      assert.equal(bob.texts[4], 'e');
      await bob.must('message:send', { roomId: two, content: 'back' });
      for (const client of [alice, bob]) client.close();
    });
  }

  test('is none for another person, who gets nothing of the first', async () => {
    const { alice, bob, ids, say } = await meet('4.8', ['private']);
    await say(ids[0], 'a');
    await until(() => bob.texts.length === 1, 'the first');

    await cut(bob);
    await say(ids[0], 'for bob');
    const socket = bob.socket as unknown as { auth: object };
    socket.auth = { token: await tokenOf(await server.enter('mallory')) };
    await comeBack(bob);
    await bob.must('room:list');

    assert.equal(bob.socket.recovered, false);
    assert.deepEqual(bob.texts, ['a']);
    const refused = await bob.ask('message:send', { roomId: ids[0], content: 'x' });
    assert.equal(refused.error?.code, 'NOT_IN_ROOM');
    for (const client of [alice, bob]) client.close();
  });

  test('is none where more was missed than can be caught up', async () => {
    const { alice, bob, ids, say } = await meet('4.8', ['far']);
    await say(ids[0], 'a');
    await until(() => bob.texts.length === 1, 'the first');

    await cut(bob);
    for (let n = 0; n < 21; n += 1) await say(ids[0], `${n}`);
    await comeBack(bob);

    assert.equal(bob.socket.recovered, false);
    for (const client of [alice, bob]) client.close();
  });
});

describe('the log of what was sent', () => {
  const [one, two] = ['one' as RoomId, 'two' as RoomId];
  const at = (roomId: RoomId, sequence: number) => ({ roomId, sequence });

  test('knows every room’s position from the last event that the client has', () => {
    const log = new SentLog();
    log.opened(at(one, 4));
    log.opened(at(two, 7));
    for (const place of [at(one, 5), at(two, 8), at(one, 6)]) log.sent(place);

    const positions = log.positionsAt(toOffset(at(two, 8)));

    assert.deepEqual(
      [...(positions ?? [])],
      [
        [one, 5],
        [two, 8],
      ],
    );
  });

  test('does not guess: of an unknown event, and of a room that was opened behind it', () => {
    const log = new SentLog();
    log.opened(at(one, 4));
    log.sent(at(one, 5));
    log.opened(at(two, 7));

    assert.equal(log.positionsAt(toOffset(at(one, 5))), undefined);
    assert.equal(log.positionsAt(toOffset(at(two, 9))), undefined);
    assert.equal(log.positionsAt('nonsense'), undefined);
  });

  test('is bounded, and needs no entry where there is one room only', () => {
    const log = new SentLog();
    log.opened(at(one, 0));
    for (let sequence = 1; sequence <= 3000; sequence += 1) log.sent(at(one, sequence));
    assert.deepEqual([...(log.positionsAt(toOffset(at(one, 17))) ?? [])], [[one, 17]]);

    log.opened(at(two, 0));
    log.sent(at(two, 1));
    assert.equal(log.positionsAt(toOffset(at(one, 17))), undefined);
    log.closed(two);
    assert.deepEqual([...(log.positionsAt(toOffset(at(one, 3000))) ?? [])], [[one, 3000]]);
  });
});
