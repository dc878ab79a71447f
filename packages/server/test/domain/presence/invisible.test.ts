/** Users who appear offline, on two nodes, and what is shown of when users were last seen. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

const INVISIBLE = { status: 'invisible', statusText: undefined } as const;
const ONLINE = { status: 'online', statusText: undefined } as const;

/** Events about bob that a client was shown, in order. */
function shown({ received }: Client): string[] {
  return received.flatMap((event) => {
    if (event.kind === 'presence') {
      return event.member.username === 'bob' ? [event.member.status] : [];
    }
    const isAbout = event.kind === 'user-joined' || event.kind === 'user-left';
    if (isAbout || event.kind === 'typing') return event.username === 'bob' ? [event.kind] : [];
    return [];
  });
}

async function namesIn(node: ChatHarness, { connection }: Client, roomId: RoomId) {
  const page = { roomId, after: undefined, limit: undefined };
  const { members, memberCount } = await node.chat.participants.read(connection, page);
  assert.equal(memberCount, members.length);
  return members.map(({ username }) => username);
}

describe('an invisible user with connections to two nodes', () => {
  /** Bob is connected to both nodes; alice to one, carol to the other. */
  const friends = async () => {
    const nodes = await TwoNodes.start();
    const { alice, bob, roomId } = await nodes.inLobby();
    const carol = await nodes.other.connect('carol');
    await carol.join('lobby');
    const elsewhere = await nodes.one.connect('bob');
    await elsewhere.join('lobby');
    await nodes.settle();
    return { nodes, alice, bob, carol, elsewhere, roomId };
  };

  test('leaves and comes once for the users of each, and sees the status', async () => {
    const { nodes, alice, bob, carol, elsewhere, roomId } = await friends();
    const before = shown(alice).length;

    await nodes.other.chat.presenceStatus.set(bob.connection, INVISIBLE);
    await nodes.advance(3000);
    for (const [node, client] of [[nodes.one, elsewhere] as const, [nodes.other, bob] as const]) {
      const stream = client.connection.openRoom(roomId)?.stream;
      assert(stream !== undefined);
      await node.chat.typing.set(client.connection, { roomId, isTyping: true });
    }
    await nodes.advance(3000);

    assert.deepEqual(shown(alice).slice(before), ['user-left', 'offline']);
    assert.deepEqual(shown(carol), ['user-left', 'offline']);
    assert.deepEqual(shown(elsewhere).at(-1), 'invisible');
    assert.deepEqual(await namesIn(nodes.one, alice, roomId), ['alice', 'carol']);
    assert.deepEqual(await namesIn(nodes.other, carol, roomId), ['alice', 'carol']);

    // Changes that others do not see, the last one of which waits for the end of a second.
    for (const statusText of ['reading', 'writing']) {
      await nodes.one.chat.presenceStatus.set(elsewhere.connection, { ...INVISIBLE, statusText });
    }
    await nodes.one.chat.presenceStatus.set(elsewhere.connection, ONLINE);
    await nodes.advance(3000);

    assert.deepEqual(shown(alice).slice(before + 2), ['online', 'user-joined']);
    assert.deepEqual(shown(carol).slice(2), ['online', 'user-joined']);
    assert.deepEqual(await namesIn(nodes.one, alice, roomId), ['alice', 'bob', 'carol']);
    await nodes.close();
  });

  test('stays so when the connections end, and on a node that comes later', async () => {
    const { nodes, alice, bob, carol, elsewhere, roomId } = await friends();
    await nodes.other.chat.presenceStatus.set(bob.connection, INVISIBLE);
    await nodes.advance(3000);
    const counts = [alice, carol].map((client) => shown(client).length);

    elsewhere.leave();
    const third = nodes.newNode('third');
    await third.chat.begin();
    const dave = await third.connect('dave');
    const { members } = await dave.join('lobby');
    bob.leave();
    await nodes.advance(10_000);
    const again = await third.connect('bob');
    await again.join('lobby');
    await nodes.advance(10_000);
    await third.settle();

    assert.deepEqual(members.map(({ username }) => username).sort(), ['alice', 'carol', 'dave']);
    assert.deepEqual(shown(dave), []);
    assert.deepEqual(
      [alice, carol].map((client) => shown(client).length),
      counts,
    );
    assert.deepEqual(await namesIn(nodes.one, alice, roomId), ['alice', 'carol', 'dave']);
    assert.deepEqual(shown(again), ['invisible']);
    await third.chat.close();
    await nodes.close();
  });

  test('keeps a room in use that others see as empty', async () => {
    const nodes = await TwoNodes.start();
    const [alice, bob] = [await nodes.one.connect('alice'), await nodes.other.connect('bob')];
    const { room } = await alice.join('temp-plans');
    await bob.join('temp-plans');
    await nodes.settle();
    await nodes.other.chat.presenceStatus.set(bob.connection, INVISIBLE);
    await nodes.settle();

    alice.leave();
    await nodes.advance(10_000);

    const found = await nodes.store.rooms.findRoom(
      { kind: 'id', id: room.id },
      bob.connection.user.id,
    );
    assert.equal(found?.room.id, room.id);
    await nodes.close();
  });
});

describe('the time of the last visit', () => {
  const seenBy = async (harness: ChatHarness, alice: Client) => {
    const { rooms } = await harness.chat.roomLists.listOwn(alice.connection.user);
    return rooms.find(({ room }) => room.kind === 'direct')?.person?.lastSeenAtMs;
  };

  test('is not that of an invisible user, but that of the choice', async () => {
    const harness = new ChatHarness();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    await bob.sendTo('alice', 'hello');
    await harness.chat.presenceStatus.set(bob.connection, INVISIBLE);
    const chosenAtMs = harness.clock.nowMs();
    await harness.settle();
    harness.clock.advance(60_000);
    harness.chat.connections.noteCommand(bob.connection);
    bob.leave();
    harness.clock.advance(60_000);
    await harness.settle();

    assert.equal(await seenBy(harness, alice), chosenAtMs);
    await harness.chat.close();
  });

  test('is shown only of users who want it, while connected and after it', async () => {
    const nodes = await TwoNodes.start();
    const [alice, bob] = [await nodes.one.connect('alice'), await nodes.other.connect('bob')];
    await bob.sendTo('alice', 'hello');
    await nodes.settle();
    assert.notEqual(await seenBy(nodes.one, alice), undefined);
    const { privacy } = nodes.other.chat;

    await privacy.set(bob.connection.user, { showLastSeen: 'nobody' });
    await nodes.advance(2000);
    assert.equal(await seenBy(nodes.one, alice), undefined);
    bob.leave();
    await nodes.advance(10_000);

    const shownTimes = alice.ofKind('presence').map(({ member }) => member.lastSeenAtMs);
    assert.deepEqual(shownTimes.slice(-2), [undefined, undefined]);
    assert.equal(await seenBy(nodes.one, alice), undefined);
    assert.deepEqual(await privacy.find(bob.connection.user), {
      ...{ askBeforeStrangers: false, acceptMessagesFrom: 'everybody' },
      showLastSeen: 'nobody',
    });
    await privacy.set(bob.connection.user, { showLastSeen: 'everyone' });
    assert.notEqual(await seenBy(nodes.one, alice), undefined);
    await nodes.close();
  });
});
