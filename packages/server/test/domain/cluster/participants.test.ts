import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { systemCrypto } from '../../../src/system/crypto.ts';
import type { Client } from '../../support/chat-harness.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

const GRACE_MS = 5000;
const LEASE_MS = 15_000;
const RENEWAL_MS = 5000;

describe('participants of two nodes', () => {
  let nodes: TwoNodes;
  beforeEach(async () => {
    nodes = await TwoNodes.start();
  });
  afterEach(() => nodes.close());

  const names = (client: Client, kind: 'user-joined' | 'user-left') =>
    client.ofKind(kind).map(({ username }) => username);

  /** Alice removes bob, who is on the other node, from the lobby. */
  async function removeBobWhileOtherIsCut() {
    const { alice, bob, roomId } = await nodes.inLobby();
    nodes.network.cut('other', { isSilent: true });
    const removal = { roomId, subjectId: bob.connection.user.id, reason: 'removed' } as const;
    await nodes.one.chat.memberships.end(alice.connection.user, removal);
    await nodes.settle();
    return { alice, roomId };
  }

  test('are announced to the clients of the other node, once', async () => {
    const { alice, bob } = await nodes.inLobby();
    bob.leave();
    await nodes.settle();

    assert.deepEqual([names(alice, 'user-joined'), names(alice, 'user-left')], [['bob'], ['bob']]);
    assert.deepEqual(names(bob, 'user-joined'), []); // Listed when bob joined.
  });

  test('are listed and counted the same on both', async () => {
    const { alice, bob, roomId } = await nodes.inLobby();

    const page = { roomId, after: undefined, limit: undefined };
    const lists = [
      await nodes.one.chat.participants.read(alice.connection, page),
      await nodes.other.chat.participants.read(bob.connection, page),
    ];

    for (const { members, memberCount } of lists) {
      const listed = members.map(({ username, status }) => [username, status]);
      const expected = [
        ['alice', 'online'],
        ['bob', 'online'],
      ];
      assert.deepEqual([listed, memberCount], [expected, 2]);
    }
  });

  test('are listed as online if their presence was lost on the way', async () => {
    const { alice, roomId } = await nodes.inLobby();
    const third = nodes.network.connect('third');
    const records = [[systemCrypto.newId(), { username: 'carol' }]] as const;
    const change = { kind: 'all', version: 1, records } as const;
    third.publish('room', roomId, { kind: 'participants', change });
    await nodes.settle();

    const page = { roomId, after: undefined, limit: undefined };
    const { members } = await nodes.one.chat.participants.read(alice.connection, page);
    const listed = members.map(({ username, status }) => [username, status]);
    assert.deepEqual(listed.at(-1), ['carol', 'online']);
    const dave = await nodes.one.connect('dave');
    const joined = await dave.join('lobby');
    const present = joined.members.map(({ username }) => username);
    assert.deepEqual(present, ['alice', 'bob', 'carol', 'dave']);
  });

  test('count once if they are connected to both nodes', async () => {
    const { alice, bob, roomId } = await nodes.inLobby();
    const again = await nodes.other.connect('alice');
    await again.join('lobby');
    await nodes.settle();
    again.leave();
    await nodes.settle();

    const page = { roomId, after: undefined, limit: undefined };
    const { memberCount } = await nodes.other.chat.participants.read(bob.connection, page);
    assert.equal(memberCount, 2);
    assert.deepEqual([names(bob, 'user-joined'), names(bob, 'user-left')], [[], []]);
    assert.deepEqual(alice.ofKind('user-left'), []);
  });

  test('leave once when they lose access', async () => {
    const { alice, bob, roomId } = await nodes.inLobby();
    const subjectId = bob.connection.user.id;
    const removal = { roomId, subjectId, reason: 'removed' } as const;
    await nodes.one.chat.memberships.end(alice.connection.user, removal);
    await nodes.settle();

    const logged = alice.ofKind('logged').map(({ event }) => event.kind);
    assert.deepEqual([logged, names(alice, 'user-left')], [['access-lost'], []]);
    assert.equal(bob.ofKind('room-left').length, 1);
  });

  test('leave also for a client that joined behind the event of their loss of access', async () => {
    const { alice } = await removeBobWhileOtherIsCut();
    const carol = await nodes.one.connect('carol');
    await carol.join('lobby');

    nodes.network.heal('other');
    await nodes.advance(2000);

    assert.deepEqual([names(alice, 'user-left'), names(carol, 'user-left')], [[], ['bob']]);
  });

  test('leave also for a client that was listed them behind the event', async () => {
    const { alice, roomId } = await removeBobWhileOtherIsCut();
    const page = { roomId, after: undefined, limit: undefined };
    const { memberCount } = await nodes.one.chat.participants.read(alice.connection, page);

    nodes.network.heal('other');
    await nodes.advance(2000);

    assert.deepEqual([memberCount, names(alice, 'user-left')], [2, ['bob']]);
  });

  test('leave also for a client that was told of their entry behind the event', async () => {
    const { alice, roomId } = await nodes.inLobby();
    const { sequence: lostAccessAt } = await alice.send('hello', { roomId });
    const third = nodes.network.connect('third');
    const key = systemCrypto.newId();
    const carol = { username: 'carol' };
    const change = { kind: 'all', version: 1, records: [[key, carol]] } as const;
    third.publish('room', roomId, { kind: 'participants', change });
    await nodes.settle();

    const value = { ...carol, lostAccessAt };
    const end = { kind: 'change', version: 2, key, value } as const;
    third.publish('room', roomId, { kind: 'participants', change: end });
    await nodes.settle();

    assert.equal(names(alice, 'user-left').at(-1), 'carol');
  });

  test('leave when their node is silent for the lease, and return when it is back', async () => {
    const { alice } = await nodes.inLobby();
    nodes.network.cut('other', { isSilent: true });
    await nodes.advance(LEASE_MS + RENEWAL_MS, 1000);
    const left = names(alice, 'user-left');
    nodes.network.heal('other');
    await nodes.advance(RENEWAL_MS, 1000);

    assert.deepEqual([left, names(alice, 'user-joined')], [['bob'], ['bob', 'bob']]);
  });

  test('stay while the bus is down', async () => {
    const { alice } = await nodes.inLobby();
    for (const node of ['one', 'other']) nodes.network.cut(node);
    await nodes.advance(2 * LEASE_MS, 1000);
    for (const node of ['one', 'other']) nodes.network.heal(node);
    await nodes.advance(RENEWAL_MS, 1000);

    assert.deepEqual(names(alice, 'user-left'), []);
    assert.deepEqual(alice.ofKind('presence'), []);
  });

  test('show a presence that is chosen on the other node, and go offline once', async () => {
    const { alice, bob } = await nodes.inLobby();
    await nodes.other.chat.presenceStatus.set(bob.connection, {
      status: 'busy',
      statusText: 'writing',
    });
    await nodes.settle();
    bob.leave({ onPurpose: false });
    await nodes.advance(GRACE_MS, 1000);

    const seen = alice.ofKind('presence').map(({ member }) => [member.username, member.status]);
    assert.deepEqual(seen, [
      ['bob', 'busy'],
      ['bob', 'offline'],
    ]);
  });

  test('show each other their presence at most once a second', async () => {
    const { alice, bob } = await nodes.inLobby();
    const texts = ['one', 'two', 'three'];
    for (const statusText of texts) {
      await nodes.other.chat.presenceStatus.set(bob.connection, { status: 'busy', statusText });
    }
    await nodes.settle();
    const seen = () => alice.ofKind('presence').map(({ member }) => member.statusText);
    assert.deepEqual(seen(), ['one']);

    await nodes.advance(1000);

    assert.deepEqual(seen(), ['one', 'three']);
  });

  test('hide their presence from a user whom they have blocked', async () => {
    const { alice, bob, roomId } = await nodes.inLobby();
    const aliceId = alice.connection.user.id;
    await nodes.other.chat.blocks.block(bob.connection.user, aliceId);
    await nodes.settle();

    const page = { roomId, after: undefined, limit: undefined };
    const { members } = await nodes.one.chat.participants.read(alice.connection, page);
    const ofBob = members.find(({ username }) => username === 'bob');
    assert.equal(ofBob?.status, 'offline');
    assert.equal(alice.ofKind('presence').at(-1)?.member.status, 'offline');
  });

  test('hide their presence after a block that another node than theirs has stored', async () => {
    const { alice, bob } = await nodes.inLobby();
    const carol = await nodes.other.connect('carol');
    await carol.join('lobby');
    await nodes.settle();
    const seenBy = [alice, carol].map(({ connection: { user } }) => user.id);
    const statusesOfBob = () =>
      [nodes.one, nodes.other].flatMap(({ chat }) =>
        seenBy.map((id) => chat.presence.members([bob.connection.user.id], id)[0]?.status),
      );

    for (const id of seenBy) await nodes.one.chat.blocks.block(bob.connection.user, id);
    await nodes.settle();
    assert.deepEqual(statusesOfBob(), ['offline', 'offline', 'offline', 'offline']);
    const lastSeen = () =>
      [alice, carol].map((client) => client.ofKind('presence').at(-1)?.member.status);
    assert.deepEqual(lastSeen(), ['offline', 'offline']);

    for (const id of seenBy) await nodes.one.chat.blocks.unblock(bob.connection.user, id);
    await nodes.settle();
    assert.deepEqual(statusesOfBob(), ['online', 'online', 'online', 'online']);
    assert.deepEqual(lastSeen(), ['online', 'online']);
  });

  test('hide their presence on every node that they are connected to', async () => {
    const { alice, bob } = await nodes.inLobby();
    await (await nodes.one.connect('bob')).join('lobby');
    await nodes.settle();
    const { user } = bob.connection;

    await nodes.other.chat.blocks.block(user, alice.connection.user.id);
    await nodes.settle();

    const [member] = nodes.one.chat.presence.members([user.id], alice.connection.user.id);
    assert.equal(member?.status, 'offline');
    assert.equal(alice.ofKind('presence').at(-1)?.member.status, 'offline');
  });
});
