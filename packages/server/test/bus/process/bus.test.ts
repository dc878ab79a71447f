import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openProcessBus } from '../../../src/bus/process/bus.ts';
import { BusHub } from '../../../src/bus/process/hub.ts';
import type { Bus } from '../../../src/ports/bus.ts';
import type { ProcessChannel } from '../../../src/ports/process-channel.ts';
import { testBusContract } from '../../contracts/bus.ts';
import { openChannelPair } from '../../support/channel-pair.ts';
import { room } from '../../support/records.ts';
import { until } from '../../support/wait.ts';

const onFailed = (error: unknown): void => {
  throw error;
};
const onDropped = (reason: string): void => assert.fail(reason);

testBusContract(
  'between processes',
  () => {
    // Processes of another primary have another hub.
    const hubs = new Map<string, BusHub>();
    return {
      connect: (nodeId, deployment = 'own') => {
        const hub = hubs.get(deployment) ?? new BusHub();
        hubs.set(deployment, hub);
        const { primary, worker } = openChannelPair();
        hub.connect(primary);
        return openProcessBus(worker, { nodeId, onDropped, onFailed });
      },
      cut: () => {},
      heal: () => {},
      passSubscribeTimeout: () => {},
      close: () => {},
    };
  },
  { isLosable: false },
);

describe('a bus hub', () => {
  function connectNodes(hub: BusHub, ...nodeIds: readonly string[]) {
    return nodeIds.map((nodeId) => {
      const pair = openChannelPair();
      const disconnect = hub.connect(pair.primary);
      const dropped: unknown[] = [];
      const bus: Bus = openProcessBus(pair.worker, {
        ...{ nodeId, onFailed },
        onDropped: (...drop) => dropped.push(drop),
      });
      return { ...pair, bus, dropped, leave: disconnect };
    });
  }

  test('forgets the subscriptions of a worker that has ended', async () => {
    const hub = new BusHub();
    const [one, ended] = connectNodes(hub, 'one', 'ended');
    assert(one !== undefined && ended !== undefined);
    const { id } = room('lobby');
    await ended.bus.subscribe('room', id, () => {});
    const sent: unknown[] = [];
    const { primary } = ended;
    primary.send = (_topic, message) => void sent.push(message);
    ended.disconnect();
    ended.leave();

    one.bus.publish('room', id, { kind: 'gone' });
    await one.bus.subscribe('room', id, () => {}); // Answered behind the publication.

    assert.deepEqual(sent, []);
  });

  test('drops messages to a worker that does not take them, and to no other; it learns how many', async () => {
    const hub = new BusHub();
    const [one, other, stuck] = connectNodes(hub, 'one', 'other', 'stuck');
    assert(one !== undefined && other !== undefined && stuck !== undefined);
    const { id } = room('lobby');
    let received = 0;
    await other.bus.subscribe('room', id, () => {
      received += 1;
    });
    let late = 0;
    await stuck.bus.subscribe('room', id, () => {
      late += 1;
    });
    const { send } = stuck.primary;
    const sent: unknown[] = [];
    const channel = stuck.primary as { send: ProcessChannel['send']; waitingLength: number };
    channel.send = (_topic, message) => void sent.push(message);
    channel.waitingLength = 1024 * 1024 * 1024;

    one.bus.publish('room', id, { kind: 'gone' });

    await until(() => received === 1, 'the message at the other worker');
    assert.deepEqual(sent, []);
    Object.assign(channel, { send, waitingLength: 0 });
    one.bus.publish('room', id, { kind: 'gone' });
    one.bus.publish('room', id, { kind: 'gone' });
    await until(() => late === 2, 'the messages at the worker');
    assert.deepEqual([stuck.dropped, other.dropped], [[['full', 1]], []]);
  });
});
