import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryNetwork, type NetworkFaults } from '../../../src/bus/memory/network.ts';
import type { RoomMessage } from '../../../src/model/bus-message.ts';
import { testBusContract } from '../../contracts/bus.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { room } from '../../support/records.ts';

const SUBSCRIBE_TIMEOUT_MS = 1000;
const SENT = 200;

testBusContract('memory network', () => {
  const clock = new FakeClock();
  const network = new MemoryNetwork({ clock, subscribeTimeoutMs: SUBSCRIBE_TIMEOUT_MS });
  return {
    connect: (nodeId, deployment) => network.connect(nodeId, deployment),
    cut: (nodeId) => network.cut(nodeId),
    heal: (nodeId) => network.heal(nodeId),
    passSubscribeTimeout: () => clock.advance(SUBSCRIBE_TIMEOUT_MS),
    close: () => {},
  };
});

/** The heads that one node receives of those that another publishes in order. */
async function receivedWith(faults: Partial<NetworkFaults>, seed = 1): Promise<number[]> {
  const clock = new FakeClock();
  let state = seed;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  const network = new MemoryNetwork({ clock, random });
  network.faults = { lost: 0, repeated: 0, delayed: 0, delayMsMax: 100, ...faults };
  const [one, other] = [network.connect('one'), network.connect('other')];
  const { id } = room('lobby');
  const received: number[] = [];
  await other.subscribe('room', id, (message) => received.push(firstSequenceOf(message)));
  for (let sequence = 1; sequence <= SENT; sequence += 1) {
    one.publish('room', id, { kind: 'history-pruned', firstSequence: sequence });
    await Promise.resolve();
    clock.advance(1);
  }
  clock.advance(1000);
  return received;
}

const inOrder = (received: readonly number[]) => received.toSorted((a, b) => a - b);

describe('a memory network', () => {
  test('without faults delivers everything once, in order', async () => {
    const received = await receivedWith({});
    assert.deepEqual(received, inOrder(received));
    assert.equal(received.length, SENT);
  });

  test('loses about the given share of the messages', async () => {
    const { length } = await receivedWith({ lost: 0.5 });
    assert(length > SENT / 4 && length < (SENT * 3) / 4, `${length} arrived`);
  });

  test('repeats messages', async () => {
    const received = await receivedWith({ repeated: 0.5 });
    assert(received.length > SENT);
    assert.equal(new Set(received).size, SENT);
  });

  test('delivers delayed messages behind later ones', async () => {
    const received = await receivedWith({ delayed: 0.3 });
    assert.notDeepEqual(received, inOrder(received));
    assert.equal(received.length, SENT);
  });

  test('repeats a run with the same seed', async () => {
    const faults = { lost: 0.2, repeated: 0.2, delayed: 0.2 };
    assert.deepEqual(await receivedWith(faults, 7), await receivedWith(faults, 7));
    assert.notDeepEqual(await receivedWith(faults, 7), await receivedWith(faults, 8));
  });

  test('can fall silent without the node noticing', async () => {
    const network = new MemoryNetwork({ clock: new FakeClock() });
    const [one, other] = [network.connect('one'), network.connect('other')];
    const { id } = room('lobby');
    const received: number[] = [];
    await other.subscribe('room', id, (message) => received.push(firstSequenceOf(message)));
    network.cut('other', { isSilent: true });

    one.publish('room', id, { kind: 'history-pruned', firstSequence: 1 });
    await Promise.resolve();

    assert.deepEqual([other.isUp, received], [true, []]);
  });
});

function firstSequenceOf(message: RoomMessage): number {
  return message.kind === 'history-pruned' ? message.firstSequence : 0;
}
