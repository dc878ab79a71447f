import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Client } from '../../support/chat-harness.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

/** A stranger on one node, who has written to a user of the other. */
async function strangers() {
  const nodes = await TwoNodes.start({ settings: { askBeforeStrangers: true } });
  const eve = await nodes.one.connect('eve');
  const bob = await nodes.other.connect('bob');
  await nodes.during(eve.sendTo('bob', 'hello'));
  await nodes.settle();
  const choose = async (status: 'away' | 'busy') => {
    await nodes.other.chat.presenceStatus.set(bob.connection, { status, statusText: undefined });
    await nodes.advance(1000);
  };
  return { nodes, eve, bob, choose };
}

const statusesAt = (client: Client) =>
  client.ofKind('presence').map(({ member }) => `${member.username} ${member.status}`);

describe('the presence of a user of another node', () => {
  test('reaches a stranger from the first answer on', async () => {
    const { nodes, eve, bob, choose } = await strangers();
    await choose('busy');
    assert.deepEqual(statusesAt(eve), []);

    await nodes.during(bob.sendTo('eve', 'who is it?'));
    await nodes.advance(1000);

    assert.deepEqual(statusesAt(eve), ['bob busy']);
    await choose('away');
    assert.deepEqual(statusesAt(eve), ['bob busy', 'bob away']);
    await nodes.close();
  });

  test('follows what the user chooses, and groups of both, within a minute', async () => {
    const { nodes, eve, bob, choose } = await strangers();
    const { privacy } = nodes.other.chat;
    const setAsks = (askBeforeStrangers: boolean) =>
      privacy.set(bob.connection.user, { askBeforeStrangers });
    await setAsks(false);
    await nodes.advance(60_000, 10_000);

    await choose('busy');
    await choose('away');
    assert.deepEqual(statusesAt(eve).at(-1), 'bob away');
    await setAsks(true);
    await nodes.advance(60_000, 10_000);
    await choose('busy');
    await choose('away');

    assert.deepEqual(statusesAt(eve).at(-1), 'bob offline');
    await nodes.one.shareWorkspace(eve, bob);
    await nodes.advance(60_000, 10_000);
    await choose('busy');
    await choose('away');
    assert.deepEqual(statusesAt(eve).at(-1), 'bob away');
    await nodes.close();
  });
});
