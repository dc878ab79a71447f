/** A node beside one of a later version, with which it shares the rooms of a store whose nodes collide. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import { HANDOVER_TIMEOUT_MS } from '../../../src/domain/event-log/owner-link.ts';
import { chooseNode } from '../../../src/domain/event-log/rendezvous-hash.ts';
import type { BusMessages, BusTopic } from '../../../src/model/bus-message.ts';
import { LOG_COMMAND_VERSION } from '../../../src/model/log-command.ts';
import type { Store } from '../../../src/ports/store.ts';
import type { ChatHarness, Client } from '../../support/chat-harness.ts';
import { ADDED, ofLaterVersion } from '../../support/later-version.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

/** Changes a message before it is published. */
type Change = (message: BusMessages[BusTopic]) => object;

const LOST = { kind: 'lost' };

describe('a node beside one of a later version', () => {
  let nodes: TwoNodes;
  /** Changes what the node of the later version publishes. */
  let change: Change;

  beforeEach(async () => {
    change = (message) => message;
    await start();
  });
  afterEach(() => nodes.close());

  const start = async (): Promise<void> => {
    nodes = await TwoNodes.start({
      store: collidingStore(openSqliteInMemory()),
      wrapBus: (bus) => {
        if (bus.nodeId !== 'other') return bus;
        return ofLaterVersion({
          ...{ nodeId: bus.nodeId, isShared: true, isUp: true, close: () => bus.close() },
          onReconnected: (run) => bus.onReconnected(run),
          publish: (topic, id, message) => bus.publish(topic, id, change(message) as never),
          subscribe: (topic, id, handle) => bus.subscribe(topic, id, handle),
        });
      },
    });
  };

  /** Alice is on this node, bob on the other one; both have written to a room of this owner. */
  const inRoomOf = async (owner: 'one' | 'other') => {
    const alice = await nodes.one.connect('alice');
    const bob = await nodes.other.connect('bob');
    for (let number = 0; ; number += 1) {
      const { room } = await alice.join(`room ${number}`);
      if (chooseNode(room.id, ['one', 'other']) !== owner) continue;
      await bob.join(`room ${number}`);
      await nodes.settle();
      for (const client of [alice, bob]) await send(client, room.id, `first of ${client}`);
      await nodes.settle();
      return { alice, bob, roomId: room.id };
    }
  };
  let sent = 0;
  const send = (client: Client, roomId: RoomId, text: string) => {
    sent += 1;
    return client.send(text, { roomId, clientMessageId: `message ${sent}` });
  };
  /** Sends messages, which must be acknowledged before the owner would count as dead. */
  const sendInTime = async (client: Client, roomId: RoomId, texts: readonly string[]) => {
    const sequences: number[] = [];
    for (const text of texts) {
      const note = ({ sequence }: { readonly sequence: number }) => void sequences.push(sequence);
      void send(client, roomId, text).then(note);
    }
    await nodes.advance(HANDOVER_TIMEOUT_MS - 500);
    return sequences;
  };
  const sequencesOf = (client: Client): number[] =>
    client.received.flatMap((event) =>
      event.kind === 'acknowledged'
        ? [event.sequence]
        : event.kind === 'logged'
          ? [event.event.sequence]
          : [],
    );
  const counts = (node: ChatHarness) => node.chat.router?.counts;

  for (const owner of ['one', 'other'] as const) {
    const [from, to] = owner === 'one' ? ['other', 'one'] : ['one', 'other'];
    test(`has one order with it in a room of the ${owner === 'one' ? 'earlier' : 'later'} one`, async () => {
      const { alice, bob, roomId } = await inRoomOf(owner);
      const before = counts(nodes[from as 'one'])?.answered ?? 0;

      const texts = ['a', 'b', 'c'].flatMap((text) => [
        send(alice, roomId, `${text} of alice`),
        send(bob, roomId, `${text} of bob`),
      ]);
      const acknowledged = await Promise.all(texts);
      await nodes.settle();

      assert(acknowledged.every(({ duplicate }) => !duplicate));
      for (const client of [alice, bob]) {
        assert.deepEqual(sequencesOf(client), [1, 2, 3, 4, 5, 6, 7, 8]);
      }
      const { answered, timedOut, rejected } = counts(nodes[from as 'one']) ?? {};
      assert.deepEqual([answered, timedOut, rejected], [before + 3, 0, 0]);
      assert.equal(counts(nodes[to as 'one'])?.accepted, before + 3);
      const stored = await nodes.store.log.readEvents(roomId, 0, 100);
      assert.equal(JSON.stringify(stored).includes(ADDED), false);
    });
  }

  test('shows who is there and types on it', async () => {
    const { alice, bob, roomId } = await inRoomOf('one');
    await nodes.other.chat.typing.set(bob.connection, { roomId, isTyping: true });
    await nodes.settle();
    assert.deepEqual(
      alice.ofKind('typing').map(({ username }) => username),
      ['bob'],
    );
    assert(alice.ofKind('user-joined').some(({ username }) => username === 'bob'));
  });

  test('commits itself, without waiting, what the owner answers in a way that it cannot read', async () => {
    const { alice, roomId } = await inRoomOf('other');
    // Without its event, which would be an answer too.
    change = (message) => (message.kind === 'event' ? LOST : withUnknownResults(message));
    const sequences = await sendInTime(alice, roomId, ['one', 'two']);
    assert.deepEqual(sequences, [3, 4]);
    assert.deepEqual(sequencesOf(alice), [1, 2, 3, 4]);

    // It does not ask this owner again.
    const { sent } = counts(nodes.one) ?? {};
    await sendInTime(alice, roomId, ['three']);
    assert.equal(counts(nodes.one)?.sent, sent);
  });

  test('commits itself what the owner rejects for a reason that it does not know', async () => {
    const { alice, roomId } = await inRoomOf('other');
    change = (message) =>
      'results' in message
        ? { kind: 'rejected', link: message.link, first: 0, reason: 'moving' }
        : message.kind === 'event'
          ? LOST
          : message;
    const sequences = await sendInTime(alice, roomId, ['one', 'two']);
    assert.deepEqual(sequences, [3, 4]);

    const { sent } = counts(nodes.one) ?? {};
    await sendInTime(alice, roomId, ['three']);
    assert.equal(counts(nodes.one)?.sent, sent);
  });

  for (const version of [LOG_COMMAND_VERSION + 1, 0, undefined]) {
    test(`never chooses it if its version of commands is ${version}`, async () => {
      await nodes.close();
      change = (message) =>
        message.kind === 'room-owner' ? { ...message, commandVersion: version } : message;
      await start();
      const { alice, bob, roomId } = await inRoomOf('other');
      await nodes.advance(3000);
      await Promise.all([send(alice, roomId, 'a'), send(bob, roomId, 'b')]);
      await nodes.settle();
      assert.equal(counts(nodes.one)?.sent, 0);
      for (const client of [alice, bob]) assert.deepEqual(sequencesOf(client), [1, 2, 3, 4]);
    });
  }

  test('passes over an event of an unknown kind, which keeps its sequence', async () => {
    const { alice, bob, roomId } = await inRoomOf('other');
    change = (message) =>
      message.kind === 'event' && message.event.kind === 'message'
        ? { kind: 'event', event: { ...message.event, kind: 'poll', question: ADDED } }
        : message;
    await bob.send('a poll', { roomId });
    change = (message) => message;
    await send(bob, roomId, 'a message');
    await nodes.settle();

    const events = alice.ofKind('logged').map(({ event }) => event);
    const [unknown, message] = events.slice(-2);
    assert.deepEqual([unknown?.kind, unknown?.sequence], ['unknown', 3]);
    assert.equal(JSON.stringify(unknown).includes(ADDED), false);
    assert.deepEqual([message?.kind, message?.sequence], ['message', 4]);
  });
});

function withUnknownResults(message: BusMessages[BusTopic]): object {
  if (!('results' in message)) return message;
  return { ...message, results: message.results.map(([number]) => [number, { kind: 'queued' }]) };
}

function collidingStore(store: Store): Store {
  return { ...store, log: { ...store.log, doNodesCollide: true } };
}
