/** Lifetime of sockets that are stored by their private id. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, test } from 'node:test';
import type { Epoch, RoomId, UserId } from '@parley/protocol';
import { OffsetLog } from '../../../src/gateways/socketio/offset-log.ts';
import { hasBegunWith, SecretIds } from '../../../src/gateways/socketio/private-id.ts';
import { RecoveryRegistry } from '../../../src/gateways/socketio/recovery-registry.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const alice = 'alice' as UserId;
const ids = new SecretIds(['secret']);
const epoch = 'log.generation' as Epoch;
const [one, two] = [randomUUID() as RoomId, randomUUID() as RoomId];
/** Offset of a socket with one room: it contains the position. */
const WHOLE = `${one}:7:${epoch}`;

function socket(socketId = 'socket') {
  const sent = new OffsetLog();
  sent.opened({ roomId: one, sequence: 7, epoch });
  const offset = sent.opened({ roomId: two, sequence: 3, epoch });
  const live = {
    socketId,
    sent,
    hasGivenWay: false,
    replace: () => {
      live.hasGivenWay = true;
    },
  };
  return { live, offset };
}

describe('RecoveryRegistry', () => {
  let clock: FakeClock;
  let recoveryRegistry: RecoveryRegistry;
  beforeEach(() => {
    clock = new FakeClock();
    recoveryRegistry = new RecoveryRegistry(clock);
  });

  test('stores a socket while it is connected, and for two minutes after its loss', () => {
    const { live, offset } = socket();
    const id = ids.create(alice, undefined);

    recoveryRegistry.add(id, live);
    assert.equal(recoveryRegistry.find(id, offset)?.size, 2);
    recoveryRegistry.lose(id, live);
    clock.advance(119_999);
    assert.equal(recoveryRegistry.find(id, offset)?.size, 2);
    clock.advance(1);

    assert.equal(recoveryRegistry.find(id, offset), undefined);
    assert.equal(recoveryRegistry.replace(id), undefined);
  });

  test('replaces a connected socket when its client returns, and deletes a lost one', () => {
    const first = socket('first');
    const second = socket('second');
    const third = socket('third');
    const id = ids.create(alice, undefined);

    recoveryRegistry.add(id, first.live);
    assert.equal(recoveryRegistry.replace(id), 'first');
    recoveryRegistry.lose(id, first.live);
    assert.equal(recoveryRegistry.find(id, first.offset), undefined);
    recoveryRegistry.add(id, second.live);
    recoveryRegistry.add(id, third.live);
    recoveryRegistry.leave(id, second.live);

    assert.deepEqual(
      [first, second, third].map(({ live }) => live.hasGivenWay),
      [true, true, false],
    );
    assert.equal(recoveryRegistry.find(id, third.offset)?.size, 2);
    recoveryRegistry.lose(id, third.live);
    assert.equal(recoveryRegistry.replace(id), 'third');
    assert.equal(recoveryRegistry.replace(id), undefined);
  });

  test('recovers no client that has left, for the latest ten thousand of them', () => {
    const all = Array.from({ length: 10_001 }, () => ids.create(alice, undefined));
    for (const id of all) {
      const { live } = socket();
      recoveryRegistry.add(id, live);
      recoveryRegistry.leave(id, live);
    }
    clock.advance(60 * 60 * 1000);

    const found = all.map((id) => recoveryRegistry.find(id, WHOLE));
    assert.equal(found[0]?.size, 1);
    assert.equal(
      found.slice(1).every((positions) => positions === undefined),
      true,
    );
  });

  test('keeps the latest ten thousand lost sockets', () => {
    const { live, offset } = socket();
    const all = Array.from({ length: 10_001 }, () => ids.create(alice, undefined));
    for (const id of all) {
      recoveryRegistry.add(id, live);
      recoveryRegistry.lose(id, live);
    }

    const found = all.map((id) => recoveryRegistry.find(id, offset));
    assert.equal(found[0], undefined);
    assert.equal(
      found.slice(1).every((positions) => positions?.size === 2),
      true,
    );
  });

  test('trusts the offset of an unknown socket, unless it is from an earlier session', () => {
    const id = ids.create(alice, WHOLE);

    assert.equal(recoveryRegistry.find(ids.create(alice, undefined), WHOLE)?.size, 1);
    assert.equal(recoveryRegistry.find(id, WHOLE), undefined);
    assert.equal(recoveryRegistry.find(id, `${one}:8:${epoch}`)?.size, 1);
  });

  test('keeps at most 32 MB of offset logs of lost sockets', () => {
    const many = socket().live;
    for (let n = 0; n < 200; n += 1) {
      many.sent.opened({ roomId: randomUUID() as RoomId, sequence: 1, epoch });
    }
    const all = Array.from({ length: 1000 }, () => ids.create(alice, undefined));
    for (const id of all) {
      recoveryRegistry.add(id, many);
      recoveryRegistry.lose(id, many);
    }

    const kept = all.filter((id) => recoveryRegistry.replace(id) !== undefined);
    assert.equal(kept.length, Math.floor((32 * 1024 * 1024) / many.sent.byteCount));
  });

  test('reads the user of an id that a server has created', () => {
    const id = ids.create('a.b.c' as UserId, 'x');

    assert.equal(ids.ownerOf(id), 'a.b.c');
    assert.equal(new SecretIds(['newer', 'secret']).ownerOf(id), 'a.b.c');
    assert.equal(hasBegunWith(id, 'x'), true);
    assert.equal(hasBegunWith(id, ''), false);
    const [, signature] = /\.([^.]+)$/.exec(id) ?? [];
    const others = ['', 'x', '..', '__proto__', `${randomUUID()}.alice`, `${randomUUID()}..alice`];
    const forged = [`x.${id}`, `${id}x`, `${randomUUID()}..a.b.c.${signature}`, id.slice(0, -1)];
    for (const other of [...others, ...forged, `${'x'.repeat(900_000)}..alice.${signature}`]) {
      assert.equal(ids.ownerOf(other), undefined);
    }
    assert.equal(new SecretIds(['another']).ownerOf(id), undefined);
  });
});
