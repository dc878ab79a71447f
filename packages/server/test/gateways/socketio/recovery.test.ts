/** A lost socket continues where it was, by the recovery of Socket.IO. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Epoch, RoomId } from '@parley/protocol';
import {
  NOT_RESUMABLE,
  OffsetLog,
  positionsOf,
} from '../../../src/gateways/socketio/offset-log.ts';
import { TestServer } from '../../support/running-server.ts';
import { SocketIoClient, tokenOf } from '../../support/socketio-client.ts';
import { until } from '../../support/wait.ts';

const epoch = 'log.generation' as Epoch;
const newRoomId = () => randomUUID() as RoomId;

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
      const { roomId } = await alice.joinRoom(`${room}-${version.replace('.', '-')}`);
      ids.push(roomId);
      await bob.joinRoom(roomId);
    }
    return { alice, bob, ids };
  };

  for (const version of ['4.6', '4.8']) {
    test(`client ${version} receives what it missed in each room, once, without a join`, async () => {
      const { alice, bob, ids } = await meet(version, ['one', 'two']);
      const [one, two] = ids;
      await alice.sendMessage(one, 'a');
      await alice.sendMessage(two, 'b');
      await until(() => bob.texts.length === 2, 'both');
      const { id } = bob.socket;

      await cut(bob);
      await alice.sendMessage(one, 'c');
      await alice.sendMessage(two, 'd');
      await comeBack(bob);
      await until(() => bob.texts.length === 4, 'what was missed');
      await alice.sendMessage(one, 'e');
      await until(() => bob.texts.length === 5, 'the next');

      assert.equal(bob.socket.recovered, true);
      assert.equal(bob.socket.id, id);
      assert.deepEqual(bob.texts.slice(0, 2), ['a', 'b']);
      assert.deepEqual(bob.texts.slice(2, 4).sort(), ['c', 'd']);
      assert.equal(bob.texts[4], 'e');
      await bob.sendMessage(two, 'back');
      for (const client of [alice, bob]) client.close();
    });
  }

  test('fails for another user, who receives nothing of the first', async () => {
    const { alice, bob, ids } = await meet('4.8', ['private']);
    await alice.sendMessage(ids[0], 'a');
    await until(() => bob.texts.length === 1, 'the first');

    await cut(bob);
    await alice.sendMessage(ids[0], 'for bob');
    const socket = bob.socket as unknown as { auth: object };
    socket.auth = { token: await tokenOf(await server.signUp('mallory')) };
    await comeBack(bob);
    await bob.must('room:list');

    assert.equal(bob.socket.recovered, false);
    assert.deepEqual(bob.texts, ['a']);
    const rejected = await bob.ask('message:send', { roomId: ids[0], content: 'x' });
    assert.equal(rejected.error?.code, 'NOT_IN_ROOM');
    for (const client of [alice, bob]) client.close();
  });

  test('fails if more was missed than the catch-up limit', async () => {
    const { alice, bob, ids } = await meet('4.8', ['far']);
    await alice.sendMessage(ids[0], 'a');
    await until(() => bob.texts.length === 1, 'the first');

    await cut(bob);
    for (let n = 0; n < 21; n += 1) await alice.sendMessage(ids[0], `${n}`);
    await comeBack(bob);

    assert.equal(bob.socket.recovered, false);
    for (const client of [alice, bob]) client.close();
  });
});

describe('OffsetLog', () => {
  const [one, two] = [newRoomId(), newRoomId()];
  const at = (roomId: RoomId, sequence: number) => ({ roomId, sequence });
  const inLog = (roomId: RoomId, sequence: number) => ({ ...at(roomId, sequence), epoch });
  const positions = (log: Pick<OffsetLog, 'positionsAt'>, offset: string | undefined) => {
    const found = offset === undefined ? undefined : log.positionsAt(offset);
    return found && [...found].map(([roomId, { sequence }]) => [roomId, sequence]);
  };

  test('returns the position of every room at the last event of the client', () => {
    const log = new OffsetLog();
    log.opened(inLog(one, 4));
    const opening = log.opened(inLog(two, 7));
    const [first, second, third] = [at(one, 5), at(two, 8), at(one, 6)].map((place) =>
      log.sent(place),
    );

    assert.deepEqual(positions(log, opening), [
      [one, 4],
      [two, 7],
    ]);
    assert.deepEqual(positions(log, first), [
      [one, 5],
      [two, 7],
    ]);
    assert.deepEqual(positions(log, second), [
      [one, 5],
      [two, 8],
    ]);
    assert.deepEqual(positions(log, third), [
      [one, 6],
      [two, 8],
    ]);
  });

  test('returns no position for an unknown event, or for a room that was opened later', () => {
    const log = new OffsetLog();
    log.opened(inLog(one, 4));
    const before = log.sent(at(one, 5));
    log.opened(inLog(two, 7));

    for (const offset of [before, `${two}:9`, 'nonsense', NOT_RESUMABLE, '']) {
      assert.equal(positions(log, offset), undefined);
    }
  });

  test('returns no positions to a client that has missed the close of a room', () => {
    const log = new OffsetLog();
    log.opened(inLog(one, 4));
    log.opened(inLog(two, 7));
    const before = log.sent(at(two, 8));
    const closing = log.closed(one);

    assert.equal(positions(log, before), undefined);
    assert.deepEqual(positions(log, closing), [[two, 8]]);
    assert.equal(log.closed(two), NOT_RESUMABLE);
    assert.equal(positions(log, closing), undefined);
  });

  test('returns no positions for an offset from before a room was reopened', () => {
    const log = new OffsetLog();
    log.opened(inLog(one, 4));
    log.opened(inLog(two, 7));
    const before = log.sent(at(one, 5));
    log.sent(at(two, 8));
    const again = log.opened(inLog(one, 5));

    assert.equal(positions(log, before), undefined);
    assert.deepEqual(new Map(log.positionsAt(again)).get(two), { sequence: 8, epoch });
  });

  test('has no offset for events of closed rooms, or before the position', () => {
    const log = new OffsetLog();
    log.opened(inLog(one, 4));

    assert.equal(log.sent(at(two, 1)), undefined);
    assert.equal(log.sent(at(one, 4)), undefined);
    log.closed(one);
    assert.equal(log.sent(at(one, 5)), undefined);
  });

  test('is not needed for an offset of the only open room, but for any other', () => {
    const log = new OffsetLog();
    const opening = log.opened(inLog(one, 4));
    const only = log.sent(at(one, 5));
    const second = log.opened(inLog(two, 7));
    const among = log.sent(at(one, 6));
    const last = log.closed(two);

    const elsewhere = { positionsAt: positionsOf };
    assert.deepEqual(positions(elsewhere, opening), [[one, 4]]);
    assert.deepEqual(positions(elsewhere, only), [[one, 5]]);
    assert.deepEqual(positions(elsewhere, last), [[one, 6]]);
    assert.deepEqual(positionsOf(last)?.get(one), { sequence: 6, epoch });
    const none = [
      second,
      among,
      NOT_RESUMABLE,
      '',
      'x:1:e',
      `${one}:-1:e`,
      `${one}:1e3:e`,
      `${one}:1:e:`,
    ];
    for (const offset of none) assert.equal(positions(elsewhere, offset), undefined);
  });

  test('is bounded, and needs no entry if there is only one room', () => {
    const log = new OffsetLog();
    log.opened(inLog(one, 0));
    for (let sequence = 1; sequence <= 3000; sequence += 1) log.sent(at(one, sequence));
    assert.deepEqual(positions(log, `${one}:17:${epoch}`), [[one, 17]]);

    const mark = log.opened(inLog(two, 0));
    const offsets = Array.from({ length: 1001 }, (_, index) => log.sent(at(two, index + 1)));
    assert.equal(positions(log, mark), undefined);
    assert.equal(positions(log, offsets[0]), undefined);
    assert.deepEqual(positions(log, offsets[1]), [
      [one, 3000],
      [two, 2],
    ]);
  });
});
