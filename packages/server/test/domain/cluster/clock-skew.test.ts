/** Nodes whose clocks differ by minutes. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { TwoNodes } from '../../support/two-nodes.ts';

const AHEAD_MS = 3 * 60_000;

describe('two nodes, of which the other is three minutes ahead,', () => {
  let nodes: TwoNodes;
  beforeEach(async () => {
    nodes = await TwoNodes.start({ otherAheadMs: AHEAD_MS });
  });
  afterEach(() => nodes.close());

  test('deliver the messages of a new conversation of the slower node from the first one on', async () => {
    const [alice, bob] = [await nodes.one.connect('alice'), await nodes.other.connect('bob')];
    await nodes.settle();
    nodes.network.faults = { ...nodes.network.faults, lost: 1 };
    await nodes.during(alice.sendTo('bob', 'first'));
    await nodes.during(alice.sendTo('bob', 'second'));
    await nodes.advance(3000, 50);

    assert.deepEqual(bob.messages, ['first', 'second']);
  });

  test('show the presence that a user has chosen last', async () => {
    const alice = await nodes.one.connect('alice');
    const elsewhere = await nodes.other.connectUser(alice.connection.user);
    const bob = await nodes.one.connect('bob');
    for (const client of [alice, elsewhere, bob]) await client.join('lobby');
    await nodes.advance(1000, 50);

    const choose = (statusText: string) => ({ status: 'busy', statusText }) as const;
    await nodes.other.chat.presenceStatus.set(elsewhere.connection, choose('first'));
    await nodes.advance(2000, 50);
    await nodes.one.chat.presenceStatus.set(alice.connection, choose('second'));
    await nodes.advance(2000, 50);

    for (const { chat } of [nodes.one, nodes.other]) {
      const [member] = chat.presence.members([alice.connection.user.id]);
      assert.equal(member?.statusText, 'second');
    }
    const shown = bob.ofKind('presence').map(({ member }) => member.statusText);
    assert.equal(shown.at(-1), 'second');
  });
});
