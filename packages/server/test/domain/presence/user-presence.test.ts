import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

function statuses(client: Client): string[] {
  return client.ofKind('presence').map(({ member }) => `${member.username} ${member.status}`);
}

async function friends(harness = new ChatHarness()) {
  const alice = await harness.connect('alice');
  const bob = await harness.connect('bob');
  await alice.join('lobby');
  await bob.join('lobby');
  return { harness, alice, bob };
}

describe('presence', () => {
  test('is sent to users who share a room, on arrival and deliberate leave', async () => {
    const { harness, alice, bob } = await friends();

    bob.leave({ onPurpose: true });
    await harness.connect('bob');

    assert.deepEqual(statuses(alice), ['bob offline', 'bob online']);
  });

  test('is not sent to users who share no room', async () => {
    const { harness, bob } = await friends();
    const carol = await harness.connect('carol');
    await carol.join('ops');

    bob.leave();

    assert.deepEqual(statuses(carol), []);
  });

  test('does not change while a user has another connection', async () => {
    const { harness, alice, bob } = await friends();
    const tab = await harness.connect('bob');

    bob.leave();
    harness.clock.advance(60_000);

    assert.deepEqual(statuses(alice), []);
    tab.leave();
    assert.deepEqual(statuses(alice), ['bob offline']);
  });

  test('is sent five seconds after a lost connection, not before', async () => {
    const { harness, alice, bob } = await friends();

    bob.leave({ onPurpose: false });
    harness.clock.advance(4999);
    assert.deepEqual(statuses(alice), []);
    harness.clock.advance(1);

    assert.deepEqual(statuses(alice), ['bob offline']);
  });

  test('does not change if a user reconnects within the grace period', async () => {
    const { harness, alice, bob } = await friends();

    bob.leave({ onPurpose: false });
    harness.clock.advance(4000);
    await harness.connect('bob');
    harness.clock.advance(60_000);

    assert.deepEqual(statuses(alice), []);
  });

  test('saves when a user was last seen', async () => {
    const { harness, bob } = await friends();
    harness.clock.advance(1234);

    bob.leave();
    await harness.settle();

    const { id } = await harness.userOf('bob');
    assert.equal(await harness.store.accounts.findLastSeen(id), harness.clock.nowMs());
  });

  test('saves at shutdown when connected and disconnecting users were last seen', async () => {
    const { harness, alice, bob } = await friends();
    harness.clock.advance(1234);
    for (const client of [alice, bob]) client.leave({ onPurpose: false });

    await harness.chat.close();

    for (const name of ['alice', 'bob']) {
      const { id } = await harness.userOf(name);
      assert.equal(await harness.store.accounts.findLastSeen(id), harness.clock.nowMs());
    }
    assert.equal(harness.clock.timerCount, 0);
  });

  test('does not delay a shutdown if the store is slow', async () => {
    let saved = 0;
    const store = openSqliteInMemory();
    store.accounts.setLastSeen = async (users) => {
      saved += users.length;
      harness.clock.advance(1000);
    };
    const harness = new ChatHarness({ store });
    for (let n = 0; n < 201; n += 1) await harness.connect(`p${n}`);

    await harness.chat.close();

    assert.equal(saved, 200);
  });

  test('is part of the member list', async () => {
    const { harness, alice } = await friends();
    const roomId = alice.connection.openRooms[0]?.roomId;
    assert(roomId !== undefined);

    const page = { roomId, after: undefined, limit: undefined };
    const { members } = await harness.chat.participants.read(alice.connection, page);

    assert.deepEqual(
      members.map(({ username, status }) => [username, status]),
      [
        ['alice', 'online'],
        ['bob', 'online'],
      ],
    );
  });
});

describe('presence in a group', () => {
  /** Alice, bob and carol, who share one room, and dave, who shares none. */
  async function group(largeRoomPeople = 200) {
    const harness = new ChatHarness({ settings: { largeRoomPeople } });
    const [alice, bob, carol, dave] = [
      await harness.connect('alice'),
      await harness.connect('bob'),
      await harness.connect('carol'),
      await harness.connect('dave'),
    ];
    const userIds = [bob, carol].map(({ connection }) => connection.user.id);
    const { room } = await harness.chat.groups.create(alice.connection, { userIds, name: 'Trip' });
    const resume = [{ roomId: room.id, position: undefined }];
    await harness.chat.resumption.resume(alice.connection, resume, () => {});
    await alice.send('hello', { roomId: room.id });
    await harness.settle();
    return { harness, alice, bob, carol, dave, roomId: room.id };
  }
  const away = { status: 'away', statusText: 'at lunch' } as const;

  test('is sent to each connection of its members once, and to no other client', async () => {
    const { harness, alice, bob, carol, dave } = await group();
    const tab = await harness.connect('carol');
    for (const client of [alice, bob, carol]) await client.join('lobby'); // Shared as well.

    await harness.chat.presenceStatus.set(bob.connection, away);
    bob.leave();
    await harness.connect('bob');

    for (const client of [alice, carol, tab]) {
      assert.deepEqual(statuses(client), ['bob away', 'bob offline', 'bob away']);
    }
    assert.equal(alice.ofKind('presence')[0]?.member.statusText, 'at lunch');
    assert.deepEqual(statuses(bob), []);
    assert.deepEqual(statuses(dave), []);
  });

  test('is sent even if the large-room limit is lower', async () => {
    const { harness, alice, bob, carol, dave } = await group(1);
    await dave.sendTo('alice', 'hello');
    await harness.settle();

    await harness.chat.presenceStatus.set(bob.connection, away);
    await harness.chat.presenceStatus.set(alice.connection, away);

    assert.deepEqual(statuses(alice), ['bob away']);
    assert.deepEqual(statuses(carol), ['bob away', 'alice away']);
    assert.deepEqual(statuses(dave), ['alice away']); // Direct rooms are not affected.
  });

  test('is neither sent to nor about a former member', async () => {
    const { harness, alice, bob, carol, roomId } = await group();
    const { user } = bob.connection;
    await harness.chat.memberships.end(user, { roomId, subjectId: user.id, reason: 'left' });
    await harness.settle();

    await harness.chat.presenceStatus.set(bob.connection, away);
    await harness.chat.presenceStatus.set(carol.connection, away);
    bob.leave();

    assert.deepEqual(statuses(bob), []);
    assert.deepEqual(statuses(alice), ['carol away']);
  });
});

describe('a chosen presence', () => {
  test('is sent with its text, at most once a second, and applies to all connections', async () => {
    const { harness, alice, bob } = await friends();
    const tab = await harness.connect('bob');
    const set = (status: 'online' | 'away' | 'busy', statusText?: string) =>
      harness.chat.presenceStatus.set(bob.connection, { status, statusText });

    const answer = await set('away', ' at lunch ');
    await set('busy');
    await set('away', 'back at two');
    assert.deepEqual(statuses(alice), ['bob away']);
    harness.clock.advance(1000);

    assert.deepEqual([answer?.status, answer?.statusText], ['away', 'at lunch']);
    assert.deepEqual(statuses(alice), ['bob away', 'bob away']);
    assert.equal(alice.ofKind('presence').at(-1)?.member.statusText, 'back at two');
    bob.leave();
    tab.leave();
    assert.equal(statuses(alice).at(-1), 'bob offline');
  });

  test('is shown to the other connections of the user, and to later ones', async () => {
    const { harness, alice, bob } = await friends();
    const tab = await harness.connect('bob');

    await harness.chat.presenceStatus.set(bob.connection, {
      status: 'busy',
      statusText: 'in a call',
    });
    const later = await harness.connect('bob');

    for (const each of [tab, later]) {
      const [own, ...others] = each.ofKind('presence');
      assert.deepEqual([own?.member.status, own?.member.statusText], ['busy', 'in a call']);
      assert.deepEqual(others, []);
    }
    // It is the answer to the connection that asked.
    assert.deepEqual(statuses(bob), []);
    const first = await harness.connect('alice');
    assert.deepEqual([statuses(alice), statuses(first)], [['bob busy'], []]);
  });

  for (const [title, statusText] of [
    ['is too long', 'x'.repeat(101)],
    ['has a line break', 'at\nlunch'],
    ['has a NUL', 'at\0lunch'],
    ['has half a character', 'lunch \ud83c'],
  ] as const) {
    test(`rejects a text that ${title}`, async () => {
      const { harness, alice, bob } = await friends();

      await assert.rejects(
        harness.chat.presenceStatus.set(bob.connection, { status: 'away', statusText }),
        { code: 'VALIDATION_ERROR' },
      );
      assert.deepEqual(statuses(alice), []);
    });
  }

  test('of a user who left and came back meanwhile does not show the user as offline', async () => {
    const { harness, alice, bob } = await friends();
    for (const statusText of ['one', 'two']) {
      await harness.chat.presenceStatus.set(bob.connection, { status: 'busy', statusText });
    }
    bob.leave({ onPurpose: true });
    await harness.connect('bob');

    harness.clock.advance(1000);

    assert.equal(statuses(alice).at(-1), 'bob busy');
  });

  test('of a user who lost the connection meanwhile is not sent as offline', async () => {
    const { harness, alice, bob } = await friends();
    for (const statusText of ['one', 'two']) {
      await harness.chat.presenceStatus.set(bob.connection, { status: 'busy', statusText });
    }
    bob.leave({ onPurpose: false });

    harness.clock.advance(1000);

    assert.deepEqual(statuses(alice), ['bob busy', 'bob busy']);
  });

  test('is sent right after its user joins a room', async () => {
    const { harness, alice, bob } = await friends();
    const ops = ['ops', 'staff', 'desk'];
    for (const name of ops) await alice.join(name);
    const choices = [
      { status: 'busy', statusText: undefined },
      { status: 'online', statusText: 'in a call' },
      { status: 'online', statusText: undefined },
    ] as const;

    for (const [index, choice] of choices.entries()) {
      await harness.chat.presenceStatus.set(bob.connection, choice);
      harness.clock.advance(1000);
      alice.received.length = 0;
      await bob.join(ops[index] ?? '');

      // The number of members is counted in the background, and comes at any time.
      const sent = alice.received
        .filter(({ kind }) => kind !== 'member-total')
        .map((event) =>
          event.kind === 'presence' ? [event.member.status, event.member.statusText] : event.kind,
        );
      const isPlain = choice.status === 'online' && choice.statusText === undefined;
      const behind = isPlain ? [] : [[choice.status, choice.statusText]];
      assert.deepEqual(sent, ['membership-changed', 'user-joined', ...behind]);
    }
  });
});
