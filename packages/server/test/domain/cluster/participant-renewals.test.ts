/** How nodes repeat that their participants hold: in one message for all rooms. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type {
  BusMessages,
  BusTopic,
  NodesMessage,
  RoomMessage,
} from '../../../src/model/bus-message.ts';
import type { Bus } from '../../../src/ports/bus.ts';
import type { Client } from '../../support/chat-harness.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

const RENEWAL_MS = 5000;
const LEASE_MS = 15_000;
/** Time after which a node forgets a room that no client has open. */
const FORGET_MS = 60_000;

type Message = BusMessages[BusTopic];

describe('renewals of participants', () => {
  let isLost: (message: Message, from: string) => boolean;
  let published: { readonly topic: BusTopic; readonly message: Message }[];
  beforeEach(() => {
    isLost = () => false;
    published = [];
  });

  async function withNodes(run: (nodes: TwoNodes) => Promise<void>): Promise<void> {
    const wrapBus = (bus: Bus): Bus => ({
      ...{ nodeId: bus.nodeId, isShared: true, close: () => bus.close() },
      get isUp() {
        return bus.isUp;
      },
      onReconnected: (listener) => bus.onReconnected(listener),
      publish: (topic, id, message) => {
        published.push({ topic, message });
        if (!isLost(message, bus.nodeId)) bus.publish(topic, id, message);
      },
      subscribe: (topic, id, handle) => bus.subscribe(topic, id, handle),
    });
    const nodes = await TwoNodes.start({ wrapBus });
    try {
      await run(nodes);
    } finally {
      await nodes.close();
    }
  }

  const joined = (client: Client) => client.ofKind('user-joined').map(({ username }) => username);
  const left = (client: Client) => client.ofKind('user-left').map(({ username }) => username);
  const listed = async (nodes: TwoNodes, { connection }: Client, roomId: never) => {
    const page = { roomId, after: undefined, limit: undefined };
    const { members } = await nodes.one.chat.participants.read(connection, page);
    return members.map(({ username }) => username);
  };

  test('send nothing in a room in which nobody enters or leaves', () =>
    withNodes(async (nodes) => {
      const { alice, bob } = await nodes.inLobby();
      for (const client of [alice, bob]) {
        for (let room = 0; room < 20; room += 1) await client.join(`room ${room}`);
      }
      await nodes.advance(2 * RENEWAL_MS, 1000);
      published = [];

      await nodes.advance(12 * RENEWAL_MS, 1000);

      assert.deepEqual(
        published.filter(({ topic }) => topic !== 'nodes'),
        [],
      );
      const renewals = published.filter(({ message }) => isRenewal(message));
      assert.equal(renewals.length, 2 * 12);
      assert.deepEqual([left(alice), left(bob)], [[], []]);
    }));

  test('tell of a change that was lost', () =>
    withNodes(async (nodes) => {
      const { alice, bob } = await nodes.inLobby();
      isLost = isOfParticipants;
      bob.leave();
      await nodes.settle();
      isLost = () => false;

      await nodes.advance(RENEWAL_MS, 1000);

      assert.deepEqual(left(alice), ['bob']);
    }));

  test('tell of a change with the next one, if the first is lost too', () =>
    withNodes(async (nodes) => {
      const { alice, bob } = await nodes.inLobby();
      await nodes.advance(RENEWAL_MS, 1000);
      isLost = (message) => isOfParticipants(message) || isRenewal(message);
      bob.leave();
      await nodes.advance(RENEWAL_MS, 1000);
      isLost = () => false;

      await nodes.advance(RENEWAL_MS, 1000);

      assert.deepEqual(left(alice), ['bob']);
    }));

  test('tell who was there before the room was opened, if the answers to that are lost', () =>
    withNodes(async (nodes) => {
      const bob = await nodes.other.connect('bob');
      const { room } = await bob.join('lobby');
      await nodes.advance(2 * RENEWAL_MS, 1000);
      isLost = (message, from) => isOfParticipants(message) && from === 'one';
      const alice = await nodes.one.connect('alice');
      await alice.join('lobby');
      await nodes.settle();
      assert.deepEqual(await listed(nodes, alice, room.id as never), ['alice']);
      isLost = () => false;

      await nodes.advance(2 * RENEWAL_MS, 1000);

      assert.deepEqual(await listed(nodes, alice, room.id as never), ['alice', 'bob']);
    }));

  test('tell of a room that is not open any more, if everything in it was lost', () =>
    withNodes(async (nodes) => {
      const { alice, bob } = await nodes.inLobby();
      isLost = isOfParticipants;
      bob.leave();
      await nodes.advance(FORGET_MS - RENEWAL_MS, 1000);
      assert.deepEqual(left(alice), []);

      await nodes.advance(2 * RENEWAL_MS, 1000);

      assert.deepEqual(left(alice), ['bob']);
    }));

  test('do not hide who comes back to a room that was forgotten', () =>
    withNodes(async (nodes) => {
      const { alice, bob } = await nodes.inLobby();
      bob.leave();
      await nodes.advance(FORGET_MS, 1000);
      const again = await nodes.other.connect('bob');
      await again.join('lobby');
      await nodes.settle();

      assert.deepEqual(joined(alice), ['bob', 'bob']);
    }));

  test('are not needed beside a node of the former version', () => {
    isLost = isRenewal; // Such a node neither sends them nor knows them.
    return withNodes(async (nodes) => {
      const { alice, bob } = await nodes.inLobby();

      await nodes.advance(4 * LEASE_MS, 1000);

      assert.deepEqual([left(alice), left(bob)], [[], []]);
    });
  });
});

function isRenewal(message: Message): boolean {
  return (message as NodesMessage).kind === 'participant-renewal';
}

function isOfParticipants(message: Message): boolean {
  return (message as RoomMessage).kind === 'participants';
}
