import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openMemoryBus } from '../../../src/bus/memory/bus.ts';
import { ChatHarness } from '../../support/chat-harness.ts';

async function threeInLobby() {
  const harness = new ChatHarness();
  const [alice, bob, carol] = [
    await harness.connect('alice'),
    await harness.connect('bob'),
    await harness.connect('carol'),
  ];
  const { room: lobby } = await alice.join('lobby'); // Its owner.
  await bob.join('lobby');
  harness.clock.advance(1);
  await carol.join('lobby');
  const [ofAlice, ofBob] = [alice.connection.user, bob.connection.user];
  return { harness, alice, bob, carol, lobby, ofAlice, ofBob };
}

describe('losing access', () => {
  test('closes the room on all connections of the user, who gets nothing later', async () => {
    const { harness, alice, bob, carol, lobby, ofAlice, ofBob } = await threeInLobby();
    const tab = await harness.connect('bob');
    await tab.join('lobby');
    await alice.send('before');

    await harness.chat.memberships.end(ofAlice, {
      roomId: lobby.id,
      subjectId: ofBob.id,
      reason: 'removed',
    });
    await alice.send('after');

    for (const client of [bob, tab]) {
      assert.deepEqual(client.messages, ['before']);
      assert.deepEqual(client.ofKind('room-left'), [
        { kind: 'room-left', roomId: lobby.id, reason: 'removed', sequence: 2, wasOpen: true },
      ]);
      assert.throws(() => client.send('x', { roomId: lobby.id }), { code: 'NOT_IN_ROOM' });
    }
    const [lost] = carol.ofKind('logged').filter(({ event }) => event.kind === 'access-lost');
    assert.equal(lost?.event.sequence, 2);
    assert.deepEqual(carol.ofKind('user-left'), []);
    assert.deepEqual(carol.messages, ['before', 'after']);
  });

  test('is sent once per connection, whether the room is open or must be fetched again', async () => {
    const harness = new ChatHarness({ settings: { catchUpEventsMax: 2 } });
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    const [slow, other] = [await harness.connect('bob'), await harness.connect('bob')];
    const { room } = await alice.join('lobby');
    for (const client of [bob, slow]) await client.join('lobby');
    slow.bufferedBytes = Number.MAX_SAFE_INTEGER;
    for (const text of ['one', 'two', 'three']) await alice.send(text);
    slow.read();
    assert.equal(slow.ofKind('resync-required').length, 1);
    alice.leave();

    const { user } = alice.connection;
    const subjectId = bob.connection.user.id;
    await harness.chat.memberships.end(user, { roomId: room.id, subjectId, reason: 'removed' });
    await harness.settle();

    const sent = [bob, slow, other].map((client) =>
      client.ofKind('room-left').map(({ sequence, wasOpen }) => [sequence, wasOpen]),
    );
    assert.deepEqual(sent, [[[4, true]], [[4, false]], [[4, false]]]);
    assert.equal(other.kinds().at(-1), 'room-left');
  });

  test('is sent once if a group was about to open automatically', async () => {
    const bus = openMemoryBus();
    const { promise: isSubscribed, resolve: subscribe } = Promise.withResolvers<void>();
    const harness = new ChatHarness({
      bus: {
        ...bus,
        subscribe: (topic, id, handle) =>
          (topic === 'room' ? isSubscribed : Promise.resolve()).then(() =>
            bus.subscribe(topic, id, handle),
          ),
      },
    });
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    const [ofAlice, ofBob] = [alice.connection.user, bob.connection.user];
    const input = { userIds: [ofBob.id], name: undefined };
    const creation = harness.chat.groups.create(alice.connection, input);
    await harness.settle();
    const [membership] = await harness.store.rooms.listMemberships(ofBob.id, 1);
    assert(membership !== undefined);

    const removal = { roomId: membership.roomId, subjectId: ofBob.id, reason: 'removed' } as const;
    await harness.chat.memberships.end(ofAlice, removal);
    subscribe();
    await creation;
    await harness.settle();

    assert.deepEqual(bob.kinds(), ['room-left']);
    assert.equal(bob.connection.openRooms.length, 0);
  });

  test('of its owner transfers the room to the earliest remaining member', async () => {
    const { harness, bob, carol, lobby, ofAlice, ofBob } = await threeInLobby();
    const leave = { roomId: lobby.id, subjectId: ofAlice.id, reason: 'left' } as const;
    const subjectId = carol.connection.user.id;
    const removal = { roomId: lobby.id, subjectId, reason: 'removed' } as const;

    await assert.rejects(harness.chat.memberships.end(ofBob, removal), { code: 'FORBIDDEN' });
    await harness.chat.memberships.end(ofAlice, leave);
    await harness.chat.memberships.end(ofBob, removal);

    assert.equal(bob.ofKind('logged').length, 2);
    assert.equal(carol.ofKind('room-left').length, 1);
  });

  test('by leaving ends with the next join', async () => {
    const { harness, alice, bob, lobby, ofBob } = await threeInLobby();
    const leave = { roomId: lobby.id, subjectId: ofBob.id, reason: 'left' } as const;

    await harness.chat.memberships.end(ofBob, leave);
    await assert.rejects(harness.chat.memberships.end(ofBob, leave), { code: 'FORBIDDEN' });
    harness.clock.advance(1000);
    await bob.join('lobby');
    await alice.send('welcome back');

    assert.deepEqual(bob.messages, ['welcome back']);
  });

  test('by a ban lasts until a moderator lifts the ban', async () => {
    const { harness, bob, carol, lobby, ofAlice, ofBob } = await threeInLobby();
    const ban = { roomId: lobby.id, subjectId: ofBob.id };

    await harness.chat.memberships.end(ofAlice, { ...ban, reason: 'banned' });
    harness.clock.advance(1000);

    await assert.rejects(bob.join('lobby'), { code: 'FORBIDDEN' });
    await assert.rejects(
      harness.chat.history.readMessages(bob.connection.user, history(lobby.id)),
      {
        code: 'FORBIDDEN',
      },
    );
    await assert.rejects(harness.chat.memberships.liftBan(carol.connection.user, ban), {
      code: 'FORBIDDEN',
    });
    await harness.chat.memberships.liftBan(ofAlice, ban);
    await bob.join('lobby');
  });

  test('rejects pending messages and resumes', async () => {
    const { harness, bob, lobby, ofAlice, ofBob } = await threeInLobby();
    const removal = { roomId: lobby.id, subjectId: ofBob.id, reason: 'removed' } as const;

    // Admitted at once: the rate limit, which other nodes share, comes before.
    const author = { user: ofAlice, connection: undefined };
    const ending = harness.chat.memberships.endAdmitted(author, removal);
    const sending = bob.send('too late', { roomId: lobby.id });

    await ending;
    await assert.rejects(sending, { code: 'FORBIDDEN' });
    let answer: unknown;
    const request = { roomId: lobby.id, position: undefined };
    await harness.chat.resumption.resume(bob.connection, [request], ([room]) => {
      answer = room?.kind === 'rejected' && room.error.code;
    });
    assert.equal(answer, 'FORBIDDEN');
  });
});

function history(roomId: Parameters<ChatHarness['chat']['history']['readMessages']>[1]['roomId']) {
  return { roomId, before: undefined, after: undefined, limit: undefined };
}
