import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { TwoNodes } from '../../support/two-nodes.ts';

const LOST_ALL = { lost: 1, repeated: 0, delayed: 0, delayMsMax: 0 };
const NO_FAULTS = { ...LOST_ALL, lost: 0 };

describe('two nodes', () => {
  let nodes: TwoNodes;
  beforeEach(async () => {
    nodes = await TwoNodes.start();
  });
  afterEach(() => nodes.close());

  test('deliver each message to the clients of both, once and in order', async () => {
    const { alice, bob } = await nodes.inLobby();

    const sends = ['one', 'two', 'three'].flatMap((text) => [alice.send(text), bob.send(text)]);
    await Promise.all(sends);
    await nodes.settle();

    for (const client of [alice, bob]) {
      const sequences = client.received.flatMap((event) =>
        event.kind === 'acknowledged'
          ? [event.sequence]
          : event.kind === 'logged'
            ? [event.event.sequence]
            : [],
      );
      assert.deepEqual(sequences, [1, 2, 3, 4, 5, 6]);
    }
  });

  test('find by the exchanged heads a message that the bus has lost', async () => {
    const { alice, bob } = await nodes.inLobby();
    nodes.network.faults = LOST_ALL;
    await alice.send('lost');
    nodes.network.faults = NO_FAULTS;

    await nodes.advance(1100);

    assert.deepEqual(bob.messages, ['lost']);
  });

  test('find by comparing with the store what a silent bus does not deliver', async () => {
    const { alice, bob } = await nodes.inLobby();
    nodes.network.cut('other', { isSilent: true });
    await alice.send('one');
    const sent = bob.send('two'); // Acknowledged behind the message that its node has missed.

    await nodes.advance(2100);
    await sent;

    for (const client of [alice, bob]) assert.equal(client.messages.length, 1);
  });

  test('compare all open rooms after a reconnection', async () => {
    const { alice, bob } = await nodes.inLobby();
    nodes.network.cut('other');
    await alice.send('one');

    nodes.network.heal('other');
    await nodes.advance(50, 10);

    assert.deepEqual(bob.messages, ['one']);
  });

  test('deliver everything once over a bus that loses, repeats and reorders', async () => {
    const { alice, bob } = await nodes.inLobby();
    nodes.network.faults = { lost: 0.3, repeated: 0.3, delayed: 0.3, delayMsMax: 200 };

    const texts = Array.from({ length: 30 }, (_, index) => `text ${index}`);
    for (const text of texts) {
      await Promise.all([alice.send(text), bob.send(text)]);
      await nodes.advance(50, 10);
    }
    await nodes.advance(3000);

    for (const client of [alice, bob]) assert.deepEqual(client.messages, texts);
  });
});
