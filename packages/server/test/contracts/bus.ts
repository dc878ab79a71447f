/**
 * Contract of every bus between nodes. A bus may lose, repeat and reorder messages; the cases
 * publish over one that is in order.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { UserId } from '@parley/protocol';
import type { NodeMessage, RoomMessage, UserMessage } from '../../src/model/bus-message.ts';
import type { Room } from '../../src/model/room.ts';
import type { Bus } from '../../src/ports/bus.ts';
import { messageEvent, newUserId, room } from '../support/records.ts';
import { until } from '../support/wait.ts';

/** Nodes on one bus, and what a test does to their connections. */
interface BusScene {
  /** @param deployment Id of the cluster; the same for all nodes by default. */
  connect(nodeId: string, deployment?: string): Bus | Promise<Bus>;
  /** Cuts a node off from the bus, which notices it. */
  cut(nodeId: string): void | Promise<void>;
  heal(nodeId: string): void | Promise<void>;
  /** Lets the time limit of subscriptions pass. */
  passSubscribeTimeout(): void | Promise<void>;
  close(): void | Promise<void>;
}

/** @param isLosable False for a bus that is up as long as its process runs. */
export function testBusContract(
  adapter: string,
  open: () => BusScene | Promise<BusScene>,
  { isLosable = true } = {},
): void {
  describe(`${adapter}: bus`, () => {
    let scene: BusScene;
    let one: Bus;
    let other: Bus;
    beforeEach(async () => {
      scene = await open();
      one = await scene.connect('one');
      other = await scene.connect('other');
    });
    afterEach(async () => {
      await Promise.all([one.close(), other.close()]);
      await scene.close();
    });

    /** Publishes a last message, and waits until it has arrived. */
    const flush = async (from: Bus, to: Bus): Promise<void> => {
      let hasArrived = false;
      const id = newUserId();
      const unsubscribe = await to.subscribe('user', id, () => {
        hasArrived = true;
      });
      from.publish('user', id, { kind: 'membership', room: room('flush') });
      await until(() => hasArrived, 'the last message');
      unsubscribe();
    };

    test('delivers a message to every subscriber of its topic and id on other nodes', async () => {
      const [lobby, ops] = [room('lobby'), room('ops')];
      const sameId = lobby.id as string as UserId; // Topics have ids of their own.
      const received: string[] = [];
      const note = (name: string) => (message: RoomMessage | UserMessage) =>
        received.push(`${name} ${message.kind}`);
      await other.subscribe('room', lobby.id, note('first'));
      await other.subscribe('room', lobby.id, note('second'));
      await other.subscribe('room', ops.id, note('ops'));
      await other.subscribe('user', sameId, note('user'));

      one.publish('room', lobby.id, event(lobby, 1));
      one.publish('user', sameId, { kind: 'membership', room: lobby });
      await flush(one, other);

      assert.deepEqual(received.sort(), ['first event', 'second event', 'user membership']);
    });

    test('delivers a message as it was published, with the sending node', async () => {
      const lobby = room('lobby');
      const received: unknown[] = [];
      await other.subscribe('room', lobby.id, (message, from) => received.push([message, from]));

      const published = event(lobby, 1);
      one.publish('room', lobby.id, published);
      await flush(one, other);

      // Fields that are undefined are left out.
      assert.deepEqual(received, JSON.parse(JSON.stringify([[published, 'one']])));
    });

    test('delivers a message for one node to that node only, in order', async () => {
      const third = await scene.connect('third');
      const received: string[] = [];
      const note = (name: string) => (message: NodeMessage) => {
        if (message.kind === 'rejected') received.push(`${name} ${message.first}`);
      };
      for (const bus of [other, third]) {
        await bus.subscribe('node', bus.nodeId, note(bus.nodeId));
      }

      for (let first = 0; first < 50; first += 1) {
        one.publish('node', 'other', { kind: 'rejected', link: 1, first, reason: 'gap' });
      }
      await flush(one, other);
      await flush(one, third);

      assert.deepEqual(
        received,
        Array.from({ length: 50 }, (_, index) => `other ${index}`),
      );
      await third.close();
    });

    test('does not deliver a message to the node that published it', async () => {
      const lobby = room('lobby');
      const received: string[] = [];
      await one.subscribe('room', lobby.id, () => received.push('one'));
      await other.subscribe('room', lobby.id, () => received.push('other'));

      one.publish('room', lobby.id, event(lobby, 1));
      await flush(one, other);
      await flush(other, one);

      assert.deepEqual(received, ['other']);
    });

    test('delivers nothing of another deployment', async () => {
      const lobby = room('lobby');
      const stranger = await scene.connect('stranger', 'elsewhere');
      const received: string[] = [];
      await stranger.subscribe('room', lobby.id, () => received.push('stranger'));
      await other.subscribe('room', lobby.id, () => received.push('other'));

      one.publish('room', lobby.id, event(lobby, 1));
      stranger.publish('room', lobby.id, event(lobby, 2));
      await flush(one, other);

      assert.deepEqual(received, ['other']);
      await stranger.close();
    });

    test('delivers nothing after unsubscribing', async () => {
      const lobby = room('lobby');
      const received: string[] = [];
      const unsubscribe = await other.subscribe('room', lobby.id, ({ kind }) =>
        received.push(kind),
      );

      one.publish('room', lobby.id, event(lobby, 1));
      await flush(one, other);
      unsubscribe();
      unsubscribe();
      one.publish('room', lobby.id, event(lobby, 2));
      await flush(one, other);

      assert.deepEqual(received, ['event']);
    });

    test('allows unsubscribing while a message is handled', async () => {
      const lobby = room('lobby');
      const received: string[] = [];
      const unsubscribe = await other.subscribe('room', lobby.id, () => {
        received.push('first');
        unsubscribe();
      });
      await other.subscribe('room', lobby.id, () => received.push('second'));

      one.publish('room', lobby.id, event(lobby, 1));
      await flush(one, other);

      assert.deepEqual(received.sort(), ['first', 'second']);
    });

    if (!isLosable) return;

    test('reports a lost connection, and calls back when it has been restored', async () => {
      const lobby = room('lobby');
      const received: string[] = [];
      await other.subscribe('room', lobby.id, ({ kind }) => received.push(kind));
      let reconnections = 0;
      other.onReconnected(() => {
        reconnections += 1;
      });

      await scene.cut('other');
      await until(() => !other.isUp, 'the loss to be noticed');
      one.publish('room', lobby.id, event(lobby, 1));
      await scene.heal('other');
      await until(() => reconnections > 0, 'the reconnection');
      one.publish('room', lobby.id, event(lobby, 2));
      await flush(one, other);

      assert.deepEqual([other.isUp, reconnections, received], [true, 1, ['event']]);
    });

    test('a subscription without a connection resolves in time, and holds afterwards', async () => {
      const lobby = room('lobby');
      await scene.cut('other');
      await until(() => !other.isUp, 'the loss to be noticed');
      const received: string[] = [];
      const subscribing = other.subscribe('room', lobby.id, ({ kind }) => received.push(kind));
      await scene.passSubscribeTimeout();
      await subscribing;

      await scene.heal('other');
      await until(() => other.isUp, 'the reconnection');
      one.publish('room', lobby.id, event(lobby, 1));
      await flush(one, other);

      assert.deepEqual(received, ['event']);
    });

    test('publishing without a connection neither throws nor waits', async () => {
      const lobby = room('lobby');
      await scene.cut('one');
      await until(() => !one.isUp, 'the loss to be noticed');
      one.publish('room', lobby.id, event(lobby, 1));
      assert.equal(one.isUp, false);
    });
  });
}

const event = ({ id }: Room, sequence: number): RoomMessage => ({
  kind: 'event',
  event: messageEvent(id, sequence),
});
