import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import { chooseNode } from '../../../src/domain/event-log/rendezvous-hash.ts';
import type { NodeMessage } from '../../../src/model/bus-message.ts';
import type { LogCommand } from '../../../src/model/log-command.ts';
import type { Bus } from '../../../src/ports/bus.ts';
import type { Store } from '../../../src/ports/store.ts';
import type { ChatHarness, Client } from '../../support/chat-harness.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

const TIMEOUT_MS = 2000;
const CONTESTED_MS = 10_000;
const EDIT = { kind: 'edit', content: 'edited', contentLengthMax: 100 } as const;

describe('two nodes that write to one room', () => {
  let nodes: TwoNodes;
  let store: Store;
  /** Commands that each commit had, and how far commits may proceed. */
  let commits: LogCommand[][];
  let gate: Promise<void> | undefined;
  let failure: Error | undefined;
  /** Messages to one node that `isLost` loses. */
  let isLost: (message: NodeMessage, to: string) => boolean;
  let areEventsLost: boolean;
  let published: NodeMessage[];
  let busOfOther: Bus | undefined;

  beforeEach(async () => {
    commits = [];
    gate = undefined;
    failure = undefined;
    isLost = () => false;
    areEventsLost = false;
    published = [];
    store = openSqliteInMemory();
    nodes = await TwoNodes.start({
      store: collidingStore(store),
      wrapBus: (bus) => {
        if (bus.nodeId === 'other') busOfOther = bus;
        return {
          ...{ nodeId: bus.nodeId, isShared: true, onReconnected: (run) => bus.onReconnected(run) },
          get isUp() {
            return bus.isUp;
          },
          publish: (topic, id, message) => {
            if (topic === 'node') published.push(message as NodeMessage);
            if (topic === 'node' && isLost(message as NodeMessage, id)) return;
            if (areEventsLost && message.kind === 'event') return;
            bus.publish(topic, id, message);
          },
          subscribe: (topic, id, handle) => bus.subscribe(topic, id, handle),
          close: () => bus.close(),
        };
      },
    });
  });
  afterEach(() => nodes.close());

  const collidingStore = (inner: Store): Store => ({
    ...inner,
    log: {
      ...inner.log,
      doNodesCollide: true,
      commit: async (commands) => {
        commits.push([...commands]);
        await gate;
        if (failure !== undefined) throw failure;
        return inner.log.commit(commands);
      },
    },
  });

  /**
   * Alice is on a node that does not own the room, bob on its owner, both with the room open, to
   * which the owner has just written.
   */
  const inContestedRoom = async () => {
    const alice = await nodes.one.connect('alice');
    const bob = await nodes.other.connect('bob');
    for (let number = 0; ; number += 1) {
      const { room } = await alice.join(`room ${number}`);
      if (chooseNode(room.id, ['one', 'other']) !== 'other') continue;
      await bob.join(`room ${number}`);
      await nodes.settle();
      await send(bob, room.id, 'first');
      await nodes.settle();
      commits.length = 0;
      return { alice, bob, roomId: room.id };
    }
  };
  let sent = 0;
  const send = (client: Client, roomId: RoomId, text: string, clientMessageId?: string) => {
    sent += 1;
    return client.send(text, { roomId, clientMessageId: clientMessageId ?? `message ${sent}` });
  };
  const sequencesOf = (client: Client, roomId: RoomId): number[] =>
    client.received.flatMap((event) =>
      event.kind === 'acknowledged'
        ? [event.sequence]
        : event.kind === 'logged' && event.event.roomId === roomId
          ? [event.event.sequence]
          : [],
    );
  const counts = (node: ChatHarness) => node.chat.router?.counts;
  const handedOver = (): LogCommand[] =>
    published.flatMap((message) => (message.kind === 'commands' ? message.commands : []));

  test('commit its messages on one of them, once and in one order for all', async () => {
    const { alice, bob, roomId } = await inContestedRoom();

    const texts = ['a', 'b', 'c'].flatMap((text) => [
      send(alice, roomId, text),
      send(bob, roomId, `${text} of bob`),
    ]);
    const acknowledged = await Promise.all(texts);
    await nodes.settle();

    assert.equal(handedOver().length, 3);
    assert(acknowledged.every(({ duplicate }) => !duplicate));
    assert.equal(commits.flat().length, 6);
    for (const client of [alice, bob]) {
      assert.deepEqual(sequencesOf(client, roomId), [1, 2, 3, 4, 5, 6, 7]);
    }
    assert.deepEqual(counts(nodes.one), {
      sent: 3,
      answered: 3,
      timedOut: 0,
      rejected: 0,
      accepted: 0,
    });
    assert.equal(counts(nodes.other)?.accepted, 3);
  });

  test('acknowledge a handed-over message with its content and sender', async () => {
    const { alice, roomId } = await inContestedRoom();
    const { message } = await send(alice, roomId, 'hello');
    assert.deepEqual([message?.content, message?.sender], ['hello', 'alice']);
  });

  test('acknowledge only what the owner has stored', async () => {
    const { alice, roomId } = await inContestedRoom();
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;

    let isAcknowledged = false;
    const sending = send(alice, roomId, 'hello').then(() => {
      isAcknowledged = true;
    });
    await nodes.advance(1000);
    assert.equal(commits.flat().length, 1);
    assert.equal(isAcknowledged, false);
    resolve();
    await sending;
  });

  test('hand several messages of one turn over together', async () => {
    const { alice, roomId } = await inContestedRoom();
    await Promise.all(['a', 'b', 'c', 'd'].map((text) => send(alice, roomId, text)));
    assert.deepEqual(
      published.map(({ kind }) => kind),
      ['commands', 'results'],
    );
  });

  test('commit where they are sent messages without a key, and changes', async () => {
    const { alice, roomId } = await inContestedRoom();
    const { messageId } = await alice.send('without a key', { roomId });
    await alice.change(roomId, messageId, EDIT, 'edit 1');
    assert.deepEqual(published, []);
  });

  test('keep the order of a message and a change of the same user', async () => {
    const { alice, roomId } = await inContestedRoom();
    const { messageId } = await send(alice, roomId, 'one');

    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    const two = send(alice, roomId, 'two');
    const edit = alice.change(roomId, messageId, EDIT, 'edit 1');
    await nodes.settle();
    const three = send(alice, roomId, 'three');
    await nodes.settle();
    resolve();
    const acknowledged = await Promise.all([two, edit, three]);

    assert.deepEqual(
      acknowledged.map(({ sequence }) => sequence),
      [3, 4, 5],
    );
    assert.equal(handedOver().length, 3);
  });

  test('commit where they are sent the messages of a room that only one node writes to', async () => {
    const { alice, roomId } = await inContestedRoom();
    await send(alice, roomId, 'handed over');
    await nodes.advance(CONTESTED_MS / 2);
    await send(alice, roomId, 'handed over, too');
    await nodes.advance(CONTESTED_MS / 2);

    published.length = 0;
    await send(alice, roomId, 'not handed over');
    assert.deepEqual(published, []);
  });

  test('commit a message where it is sent if its owner has died', async () => {
    const { alice, roomId } = await inContestedRoom();
    nodes.network.cut('other', { isSilent: true });

    const sending = Promise.all([send(alice, roomId, 'one'), send(alice, roomId, 'two')]);
    await nodes.advance(TIMEOUT_MS + 500);

    const acknowledged = await sending;
    assert.deepEqual(
      acknowledged.map(({ sequence, duplicate }) => [sequence, duplicate]),
      [
        [2, false],
        [3, false],
      ],
    );
    // The next ones do not wait.
    await send(alice, roomId, 'three');
    assert.equal(handedOver().length, 2);
    assert.deepEqual(sequencesOf(alice, roomId), [1, 2, 3, 4]);
    assert.equal(counts(nodes.one)?.timedOut, 2);
    nodes.network.heal('other');
  });

  test('acknowledge a message by its event if the result is lost', async () => {
    const { alice, roomId } = await inContestedRoom();
    isLost = ({ kind }) => kind === 'results';

    const { sequence, duplicate } = await send(alice, roomId, 'hello');

    assert.deepEqual([sequence, duplicate], [2, false]);
    await nodes.advance(TIMEOUT_MS + 500);
    assert.deepEqual(sequencesOf(alice, roomId), [1, 2]);
    assert.equal(counts(nodes.one)?.timedOut, 0);
  });

  test('store a message once whose result and event are lost', async () => {
    const { alice, bob, roomId } = await inContestedRoom();
    nodes.network.faults = { lost: 0, repeated: 0, delayed: 1, delayMsMax: 0 };
    const sending = send(alice, roomId, 'hello');
    await nodes.settle();
    nodes.network.faults = { lost: 1, repeated: 0, delayed: 0, delayMsMax: 0 };
    await nodes.advance(TIMEOUT_MS + 500);

    const { sequence } = await sending;
    nodes.network.faults = { lost: 0, repeated: 0, delayed: 0, delayMsMax: 0 };
    await nodes.advance(3000);
    assert.equal(sequence, 2);
    for (const client of [alice, bob]) assert.deepEqual(sequencesOf(client, roomId), [1, 2]);
  });

  test('ignore a result that arrives after the message was committed where it was sent', async () => {
    const { alice, bob, roomId } = await inContestedRoom();
    const late: (() => void)[] = [];
    isLost = (message, to) => {
      if (message.kind !== 'results') return false;
      late.push(() => {
        isLost = () => false;
        busOfOther?.publish('node', to, message);
      });
      return true;
    };
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    const sending = send(alice, roomId, 'hello');
    await nodes.advance(TIMEOUT_MS + 500);
    resolve();
    const { sequence } = await sending;
    await nodes.settle();
    for (const run of late) run();
    await nodes.advance(3000);

    assert.equal(sequence, 2);
    for (const client of [alice, bob]) assert.deepEqual(sequencesOf(client, roomId), [1, 2]);
  });

  test('report no repetition of a message before its first attempt if the results change places', async () => {
    const { alice, roomId } = await inContestedRoom();
    const late: (() => void)[] = [];
    isLost = (message, to) => {
      if (message.kind !== 'results') return false;
      late.push(() => busOfOther?.publish('node', to, message));
      return true;
    };
    areEventsLost = true;
    const duplicates: boolean[] = [];
    const note = ({ duplicate }: { readonly duplicate: boolean }) =>
      void duplicates.push(duplicate);
    const first = send(alice, roomId, 'hello', 'key 1').then(note);
    await nodes.settle();
    const repeated = send(alice, roomId, 'hello', 'key 1').then(note);
    await nodes.settle();

    isLost = () => false;
    for (const run of late.reverse()) run();
    await nodes.advance(1000);
    await Promise.all([first, repeated]);

    assert.deepEqual(duplicates, [true, true]);
    assert.deepEqual(sequencesOf(alice, roomId), [1, 2, 2]);
    assert.equal(counts(nodes.one)?.timedOut, 0);
  });

  test('keep the order of messages if one of them is lost on the way to the owner', async () => {
    const { alice, bob, roomId } = await inContestedRoom();
    isLost = ({ kind }) => kind === 'commands';
    const one = send(alice, roomId, 'one');
    await nodes.settle();
    isLost = () => false;
    const two = send(alice, roomId, 'two');
    await nodes.settle();

    const acknowledged = await Promise.all([one, two]);
    await nodes.settle();

    assert.deepEqual(
      acknowledged.map(({ sequence }) => sequence),
      [2, 3],
    );
    assert.equal(counts(nodes.one)?.rejected, 2);
    assert.deepEqual(bob.messages.slice(-2), ['one', 'two']);
    // Handed over again, over another link.
    await send(alice, roomId, 'three');
    assert.equal(handedOver().length, 3);
  });

  test('commit a repeated message once, whichever node gets it', async () => {
    const { alice, roomId } = await inContestedRoom();
    const first = await send(alice, roomId, 'hello', 'key 1');
    const second = await send(alice, roomId, 'hello', 'key 1');
    assert.deepEqual(
      [first, second].map(({ sequence, duplicate }) => [sequence, duplicate]),
      [
        [2, false],
        [2, true],
      ],
    );
    await assert.rejects(send(alice, roomId, 'another text', 'key 1'), { code: 'CONFLICT' });
    assert.equal(handedOver().length, 3);
  });

  test('report a failure of the owner as unavailable, and then commit where they are sent', async () => {
    const { alice, roomId } = await inContestedRoom();
    failure = new Error('a defect of the owner');
    await assert.rejects(send(alice, roomId, 'hello', 'key 1'), { code: 'UNAVAILABLE' });
    failure = undefined;

    const { sequence } = await send(alice, roomId, 'hello', 'key 1');
    assert.equal(sequence, 2);
    assert.equal(handedOver().length, 1);
  });

  test('commit where they are sent the messages for a node that is leaving', async () => {
    const { alice, roomId } = await inContestedRoom();
    nodes.other.chat.router?.leave();
    await nodes.settle();
    await send(alice, roomId, 'hello');
    assert.deepEqual(published, []);
  });

  test('ignore messages of a later version and of former links', async () => {
    const { alice, bob, roomId } = await inContestedRoom();
    for (const link of [0, 1]) {
      busOfOther?.publish('node', 'one', { kind: 'unknown', link } as unknown as NodeMessage);
    }
    const results = [[0, { kind: 'unlogged' }]] as const;
    busOfOther?.publish('node', 'one', { kind: 'results', link: 9, results });
    busOfOther?.publish('node', 'one', { kind: 'rejected', link: 9, first: 0, reason: 'busy' });
    await nodes.settle();

    const { sequence } = await send(alice, roomId, 'hello');
    await nodes.settle();

    assert.equal(sequence, 2);
    assert.equal(handedOver().length, 1);
    assert.deepEqual(sequencesOf(bob, roomId), [1, 2]);
  });

  test('commit here what has no result when the node closes', async () => {
    const { alice, roomId } = await inContestedRoom();
    isLost = ({ kind }) => kind === 'commands';
    const sending = send(alice, roomId, 'hello');
    await nodes.settle();
    await nodes.one.chat.close();
    assert.equal((await sending).sequence, 2);
  });
});
