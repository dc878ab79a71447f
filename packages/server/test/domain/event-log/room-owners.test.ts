import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import { MemoryNetwork } from '../../../src/bus/memory/network.ts';
import { RoomOwners } from '../../../src/domain/event-log/room-owners.ts';
import { LOG_COMMAND_VERSION } from '../../../src/model/log-command.ts';
import type { Bus } from '../../../src/ports/bus.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const ROOMS = Array.from({ length: 60 }, (_, index) => `room ${index}` as RoomId);
const LOST_ALL = { lost: 1, repeated: 0, delayed: 0, delayMsMax: 0 };

describe('owners of rooms', () => {
  let clock: FakeClock;
  let network: MemoryNetwork;
  let buses: Map<string, Bus>;
  let nodes: Map<string, RoomOwners>;

  const start = async (name: string): Promise<RoomOwners> => {
    const bus = network.connect(name);
    const node = new RoomOwners({ bus, clock });
    buses.set(name, bus);
    nodes.set(name, node);
    await node.begin();
    await settle();
    return node;
  };
  const pass = async (ms: number): Promise<void> => {
    for (let leftMs = ms; leftMs > 0; leftMs -= 500) {
      clock.advance(Math.min(500, leftMs));
      await settle();
    }
  };
  const ownersOn = (name: string): string[] =>
    ROOMS.map((roomId) => nodes.get(name)?.ownerOf(roomId) ?? name);
  /** The nodes that are owners of some room, as a node sees it. */
  const knownTo = (name: string): string[] => [...new Set(ownersOn(name))].sort();

  beforeEach(() => {
    clock = new FakeClock();
    network = new MemoryNetwork({ clock });
    buses = new Map();
    nodes = new Map();
  });
  afterEach(async () => {
    for (const node of nodes.values()) node.close();
    for (const bus of buses.values()) await bus.close();
  });

  test('are the same on all nodes, and spread over them', async () => {
    for (const name of ['a', 'b', 'c']) await start(name);

    assert.deepEqual(ownersOn('a'), ownersOn('b'));
    assert.deepEqual(ownersOn('a'), ownersOn('c'));
    assert.deepEqual(knownTo('a'), ['a', 'b', 'c']);
  });

  test('are the nodes themselves while there is no other', async () => {
    await start('a');
    assert.deepEqual(knownTo('a'), ['a']);
  });

  test('exclude a node that is silent for five seconds', async () => {
    for (const name of ['a', 'b']) await start(name);
    await buses.get('b')?.close();

    await pass(4000);
    assert.deepEqual(knownTo('a'), ['a', 'b']);
    await pass(2000);
    assert.deepEqual(knownTo('a'), ['a']);
  });

  test('exclude a node that is leaving, also on that node, which is still up', async () => {
    for (const name of ['a', 'b']) await start(name);

    nodes.get('b')?.leave();
    await pass(3000);

    assert.deepEqual(knownTo('a'), ['a']);
    assert.deepEqual(knownTo('b'), ['a']);
  });

  test('exclude a node that reads another version of commands', async () => {
    await start('a');
    const later = network.connect('later');
    const announce = (commandVersion: number) =>
      later.publish('nodes', 'all', { kind: 'room-owner', commandVersion, isLeaving: false });
    announce(LOG_COMMAND_VERSION + 1);
    await settle();
    assert.deepEqual(knownTo('a'), ['a']);
    announce(LOG_COMMAND_VERSION);
    await settle();
    assert.deepEqual(knownTo('a'), ['a', 'later']);
    await later.close();
  });

  test('commit their own commands while the bus is down', async () => {
    for (const name of ['a', 'b']) await start(name);
    network.cut('a');
    assert.deepEqual(knownTo('a'), ['a']);
    await pass(20_000);

    network.heal('a');
    await pass(1000);
    assert.deepEqual(knownTo('a'), ['a', 'b']);
  });

  test('do not replace a distrusted node, whose rooms this node commits for ten seconds', async () => {
    for (const name of ['a', 'b', 'c']) await start(name);
    const before = ownersOn('a');

    nodes.get('a')?.distrust('b');
    await pass(9000);
    assert.deepEqual(
      ownersOn('a'),
      before.map((owner) => (owner === 'b' ? 'a' : owner)),
    );
    await pass(2000);
    assert.deepEqual(ownersOn('a'), before);
  });

  test('announce a node again whose announcement was lost', async () => {
    network.faults = LOST_ALL;
    for (const name of ['a', 'b']) await start(name);
    assert.deepEqual(knownTo('a'), ['a']);
    network.faults = { ...LOST_ALL, lost: 0 };
    await pass(1000);
    assert.deepEqual(
      [knownTo('a'), knownTo('b')],
      [
        ['a', 'b'],
        ['a', 'b'],
      ],
    );
  });
});

async function settle(): Promise<void> {
  for (let turns = 0; turns < 10; turns += 1) await Promise.resolve();
}
