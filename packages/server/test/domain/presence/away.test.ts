/** Users are away while none of their clients is active, on any node. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

const settings = { awayAfterMs: 10_000 };

function statuses(client: Client, username: string): string[] {
  return client
    .ofKind('presence')
    .filter(({ member }) => member.username === username)
    .map(({ member }) => member.status);
}

async function friends() {
  const harness = new ChatHarness({ settings });
  await harness.chat.begin();
  const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
  await alice.join('lobby');
  await bob.join('lobby');
  const report = (client: Client, idle: boolean) =>
    harness.chat.presenceStatus.reportActivity(client.connection, idle);
  const act = (client: Client) => harness.chat.connections.noteCommand(client.connection);
  const choose = (client: Client, status: 'online' | 'away' | 'busy') =>
    harness.chat.presenceStatus.set(client.connection, { status, statusText: undefined });
  return { harness, alice, bob, report, act, choose };
}

describe('a user without activity', () => {
  test('is away, and online with the next command', async () => {
    const { harness, alice, bob, act } = await friends();
    harness.clock.advance(9_000);
    act(alice);
    assert.deepEqual(statuses(alice, 'bob'), []);
    harness.clock.advance(2_000);
    assert.deepEqual(statuses(alice, 'bob'), ['away']);
    assert.deepEqual(statuses(bob, 'bob'), ['away']);

    act(bob);
    harness.clock.advance(1_000);

    assert.deepEqual(statuses(alice, 'bob'), ['away', 'online']);
    assert.deepEqual(statuses(bob, 'bob'), ['away', 'online']);
    await harness.chat.close();
  });

  test('is away at once if the client reports it, and its later commands are no activity', async () => {
    const { harness, alice, bob, act, report } = await friends();

    assert.equal(report(bob, true)?.status, 'away');
    act(bob);
    harness.clock.advance(1_000);
    assert.deepEqual(statuses(alice, 'bob'), ['away']);

    assert.equal(report(bob, false)?.status, 'online');
    harness.clock.advance(1_000);
    assert.deepEqual(statuses(alice, 'bob'), ['away', 'online']);
    await harness.chat.close();
  });

  test('is away only if all connections are idle', async () => {
    const { harness, alice, bob, report } = await friends();
    const tab = await harness.connect('bob');
    report(bob, true);
    harness.clock.advance(8_000);
    assert.deepEqual(statuses(alice, 'bob'), []);
    harness.clock.advance(3_000);
    assert.deepEqual(statuses(alice, 'bob'), ['away']);

    report(tab, false);
    harness.clock.advance(1_000);
    assert.deepEqual(statuses(alice, 'bob'), ['away', 'online']);
    tab.leave();
    harness.clock.advance(1_000);
    assert.deepEqual(statuses(alice, 'bob'), ['away', 'online', 'away']);
    await harness.chat.close();
  });

  test('keeps a chosen status, which is not cleared by activity', async () => {
    const { harness, alice, bob, act, choose } = await friends();
    await choose(bob, 'busy');
    harness.clock.advance(20_000);
    act(bob);
    harness.clock.advance(1_000);
    assert.deepEqual([...new Set(statuses(alice, 'bob'))], ['busy']);

    await choose(bob, 'online');
    harness.clock.advance(20_000);
    assert.equal(statuses(alice, 'bob').at(-1), 'away');
    await harness.chat.close();
  });

  test('stays online if the setting is 0', async () => {
    const harness = new ChatHarness({ settings: { awayAfterMs: 0 } });
    await harness.chat.begin();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    await alice.join('lobby');
    await bob.join('lobby');
    harness.clock.advance(60 * 60 * 1000);
    assert.deepEqual(statuses(alice, 'bob'), []);
    await harness.chat.close();
  });

  test('is away on all nodes, while idle on all of them', async () => {
    const nodes = await TwoNodes.start({ settings });
    const { alice, bob } = await nodes.inLobby();
    const here = await nodes.one.connect('bob');
    await nodes.settle();
    const report = (harness: ChatHarness, client: Client, idle: boolean) =>
      harness.chat.presenceStatus.reportActivity(client.connection, idle);
    const shown = async () => {
      nodes.clock.advance(1_000);
      await nodes.settle();
      const [member] = nodes.one.chat.presence.members([bob.connection.user.id]);
      return [statuses(alice, 'bob').at(-1), member?.status];
    };

    report(nodes.other, bob, true);
    assert.deepEqual(await shown(), [undefined, 'online'], 'active on the other node');
    report(nodes.one, here, true);
    assert.deepEqual(await shown(), ['away', 'away']);
    report(nodes.other, bob, false);
    assert.deepEqual(await shown(), ['online', 'online']);
    assert.equal(statuses(here, 'bob').at(-1), 'online');
    bob.leave();
    assert.deepEqual(await shown(), ['away', 'away']);
    await nodes.one.chat.close();
    await nodes.other.chat.close();
  });
});
