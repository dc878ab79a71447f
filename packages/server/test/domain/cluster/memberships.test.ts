import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { TwoNodes } from '../../support/two-nodes.ts';

const NO_FAULTS = { lost: 0, repeated: 0, delayed: 0, delayMsMax: 0 };

describe('memberships of two nodes', () => {
  let nodes: TwoNodes;
  beforeEach(async () => {
    nodes = await TwoNodes.start();
  });
  afterEach(() => nodes.close());

  test('a first direct message reaches a user of the other node, once', async () => {
    const [alice, bob] = [await nodes.one.connect('alice'), await nodes.other.connect('bob')];
    await nodes.settle();
    await nodes.during(alice.sendTo('bob', 'first'));
    await nodes.during(alice.sendTo('bob', 'second'));
    await nodes.advance(1000, 50);

    assert.deepEqual(bob.messages, ['first', 'second']);
  });

  test('a new group opens on the other node', async () => {
    const [alice, bob] = [await nodes.one.connect('alice'), await nodes.other.connect('bob')];
    await nodes.settle();
    const request = { userIds: [bob.connection.user.id], name: undefined };
    const { room } = await nodes.one.chat.groups.create(alice.connection, request);
    await alice.send('hello', { roomId: room.id });
    await nodes.advance(1000, 50);

    assert.deepEqual(bob.messages, ['hello']);
  });

  test('a block on one node stops direct messages and typing on the other', async () => {
    const [alice, bob] = [await nodes.one.connect('alice'), await nodes.other.connect('bob')];
    const { roomId } = await nodes.during(alice.sendTo('bob', 'before'));
    await nodes.advance(1000, 50);
    await nodes.other.chat.blocks.block(bob.connection.user, alice.connection.user.id);
    await nodes.settle();

    await nodes.during(alice.sendTo('bob', 'after'));
    await Promise.allSettled([
      nodes.one.chat.typing.set(alice.connection, { roomId, isTyping: true }),
    ]);
    await nodes.advance(1000, 50);

    assert.deepEqual([bob.messages, bob.ofKind('typing')], [['before'], []]);
  });

  test('the end of a membership is sent to connections that do not have the room open', async () => {
    const [alice, bob] = [await nodes.one.connect('alice'), await nodes.other.connect('bob')];
    const { room } = await alice.join('lobby');
    await bob.join('lobby');
    nodes.other.chat.subscriptions.leave(bob.connection, room.id);
    const subjectId = bob.connection.user.id;
    const removal = { roomId: room.id, subjectId, reason: 'removed' } as const;
    await nodes.one.chat.memberships.end(alice.connection.user, removal);
    await nodes.settle();

    const sent = bob.ofKind('room-left').map(({ reason, wasOpen }) => [reason, wasOpen]);
    assert.deepEqual(sent, [['removed', false]]);
  });

  test('a private room is shown to a new member on the other node, and closed there at the end', async () => {
    const [alice, bob] = [await nodes.one.connect('alice'), await nodes.other.connect('bob')];
    await nodes.settle();
    const { user } = alice.connection;
    const subjectId = bob.connection.user.id;
    const request = { name: 'Board', visibility: 'private' } as const;
    const { room } = await nodes.one.chat.roomSettings.create(user, request);
    await alice.join(room.id);
    await nodes.one.chat.roomMembers.add(user, { roomId: room.id, subjectId });
    await nodes.advance(1000, 50);
    assert.deepEqual(
      bob.ofKind('room-activity').map(({ roomId }) => roomId),
      [room.id],
    );

    await bob.join(room.id);
    await alice.send('before', { roomId: room.id });
    await nodes.advance(1000, 50);
    const removal = { roomId: room.id, subjectId, reason: 'removed' } as const;
    await nodes.one.chat.memberships.end(user, removal);
    await alice.send('after', { roomId: room.id });
    await nodes.advance(1000, 50);

    assert.deepEqual(bob.messages, ['before']);
    assert.deepEqual(
      bob.ofKind('room-left').map(({ reason, wasOpen }) => [reason, wasOpen]),
      [['removed', true]],
    );
    await assert.rejects(bob.join(room.id), { code: 'NOT_FOUND' });
  });

  /** Bob is a member of the lobby and does not have it open; alice removes him. */
  const removeBob = async () => {
    const [alice, bob] = [await nodes.one.connect('alice'), await nodes.other.connect('bob')];
    const { room } = await alice.join('lobby');
    await bob.join('lobby');
    nodes.other.chat.subscriptions.leave(bob.connection, room.id);
    await nodes.advance(2000);
    const subjectId = bob.connection.user.id;
    const removal = { roomId: room.id, subjectId, reason: 'removed' } as const;
    return {
      bob,
      remove: () => nodes.one.chat.memberships.end(alice.connection.user, removal),
      sent: () => bob.ofKind('room-left').map(({ reason, sequence }) => [reason, sequence]),
    };
  };

  test('the end of a membership is sent also if the bus has lost it, once', async () => {
    const { remove, sent } = await removeBob();
    nodes.network.faults = { ...NO_FAULTS, lost: 1 };
    await remove();
    await nodes.advance(3000);

    assert.deepEqual(sent(), [['removed', 1]]);
  });

  test('the end of a membership is sent once if the bus repeats it', async () => {
    const { remove, sent } = await removeBob();
    nodes.network.faults = { ...NO_FAULTS, repeated: 1 };
    await remove();
    await nodes.advance(3000);

    assert.deepEqual(sent(), [['removed', 1]]);
  });

  test('a mute and its end are shown also if the bus has lost them, once', async () => {
    const [alice, bob] = [await nodes.one.connect('alice'), await nodes.other.connect('bob')];
    const { room } = await alice.join('lobby');
    await bob.join('lobby');
    await nodes.advance(2000);
    nodes.network.faults = { ...NO_FAULTS, lost: 1 };
    const { restrictions } = nodes.one.chat;
    const subject = { roomId: room.id, subjectId: bob.connection.user.id };
    const until = '2999-01-31T00:00:00.000Z';
    await restrictions.mute(alice.connection.user, subject, { until, reason: 'Loud' });
    await nodes.advance(3000);
    await restrictions.liftMute(alice.connection.user, subject);
    await nodes.advance(3000);

    const shown = bob.ofKind('mute').map(({ mute }) => mute);
    assert.deepEqual(shown, [{ untilMs: Date.parse(until), reason: 'Loud' }, null]);
  });

  test('shows who types to a user of the other node before the first message', async () => {
    const [alice, bob] = [await nodes.one.connect('alice'), await nodes.other.connect('bob')];
    await nodes.one.shareWorkspace(alice, bob);
    await nodes.settle();
    const recipient = { kind: 'username', username: 'bob' } as const;
    for (const isTyping of [true, false]) {
      await nodes.one.chat.directTyping.set(alice.connection, { recipient, isTyping });
      await nodes.settle();
    }

    const { roomId } = await nodes.during(alice.sendTo('bob', 'first'));
    await nodes.advance(1000, 50);

    const seen = bob.ofKind('typing').map((event) => [event.username, event.isTyping]);
    assert.deepEqual(seen, [
      ['alice', true],
      ['alice', false],
    ]);
    assert.deepEqual(new Set(bob.ofKind('typing').map((event) => event.roomId)), new Set([roomId]));
    assert.deepEqual(bob.messages, ['first']);
  });

  test('shows no typing before the first message to a user with a block', async () => {
    const [alice, bob] = [await nodes.one.connect('alice'), await nodes.other.connect('bob')];
    await nodes.settle();
    await nodes.other.chat.blocks.block(bob.connection.user, alice.connection.user.id);
    await nodes.settle();

    const recipient = { kind: 'username', username: 'bob' } as const;
    await nodes.one.shareWorkspace(alice, bob);
    await nodes.one.chat.directTyping.set(alice.connection, { recipient, isTyping: true });
    await nodes.settle();

    assert.deepEqual(bob.ofKind('typing'), []);
  });
});
