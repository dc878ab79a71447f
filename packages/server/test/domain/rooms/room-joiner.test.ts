import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatHarness } from '../../support/chat-harness.ts';
import { newRoomId, ownedBy, room } from '../../support/records.ts';

describe('joining a room', () => {
  test('creates a room that does not exist, with the joiner in it', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');

    const joined = await alice.join('Lobby');

    assert.equal(joined.room.name, 'Lobby');
    assert.equal(joined.memberCount, 1);
    assert.deepEqual(
      joined.members.map(({ username }) => username),
      ['alice'],
    );
    assert.deepEqual(joined.state.history, []);
  });

  test('finds a room by its name in any case, and by its id', async () => {
    const harness = new ChatHarness();
    const [alice, bob, carol] = [
      await harness.connect('alice'),
      await harness.connect('bob'),
      await harness.connect('carol'),
    ];
    const made = await alice.join('Lobby');

    assert.equal((await bob.join('  LOBBY ')).room.id, made.room.id);
    assert.equal((await carol.join(made.room.id)).room.id, made.room.id);
  });

  test('does not create a room for a value in id format', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');

    const id = newRoomId();
    const fullWidth = id.replaceAll(/[0-9]/g, (digit) =>
      String.fromCodePoint(0xff10 + Number(digit)),
    );
    const spaced = id.replaceAll('-', ' ');

    for (const written of [id, ` ${id}`, `${id}\u3000`, id.toUpperCase(), fullWidth, spaced]) {
      await assert.rejects(alice.join(written), { code: 'NOT_FOUND' }, written);
    }
    const page = { after: undefined, limit: undefined };
    assert.deepEqual(
      (await harness.chat.roomLists.listVisible(alice.connection.user, page)).rooms,
      [],
    );
  });

  test('finds a room by its id with blanks around it', async () => {
    const harness = new ChatHarness();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    const { room: lobby } = await alice.join('lobby');

    assert.equal((await bob.join(` ${lobby.id.toUpperCase()} `)).room.id, lobby.id);
  });

  test('does not reveal a private room', async () => {
    const harness = new ChatHarness();
    const owner = await harness.userOf('alice');
    const hidden = room('hidden', { visibility: 'private' });
    await harness.store.rooms.createRoom(hidden, ownedBy(owner), 0);
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];

    await assert.rejects(bob.join('hidden'), { code: 'NOT_FOUND' });
    await assert.rejects(bob.join(hidden.id), { code: 'NOT_FOUND' });
    assert.equal((await alice.join('hidden')).room.id, hidden.id);
  });

  test('is sent to the others, not to the joiner', async () => {
    const harness = new ChatHarness();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    await alice.join('lobby');

    const joined = await bob.join('lobby');

    assert.deepEqual(
      alice.ofKind('user-joined').map(({ username }) => username),
      ['bob'],
    );
    assert.deepEqual(bob.ofKind('user-joined'), []);
    assert.deepEqual(
      joined.members.map(({ username }) => username),
      ['alice', 'bob'],
    );
  });

  test('counts a user with two connections once, and sends nothing about the second', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');
    const [tab, otherTab] = [await harness.connect('bob'), await harness.connect('bob')];
    await alice.join('lobby');
    await tab.join('lobby');

    const joined = await otherTab.join('lobby');
    otherTab.leave();

    assert.equal(joined.memberCount, 2);
    assert.equal(alice.ofKind('user-joined').length, 1);
    assert.deepEqual(alice.ofKind('user-left'), []);
    tab.leave();
    assert.deepEqual(
      alice.ofKind('user-left').map(({ username }) => username),
      ['bob'],
    );
  });

  test('returns the latest 50 messages, oldest first', async () => {
    const harness = new ChatHarness();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    await alice.join('lobby');
    for (let index = 1; index <= 60; index += 1) await alice.send(`${index}`);

    const { state } = await bob.join('lobby');

    assert.equal(state.history.length, 50);
    assert.equal(state.history[0]?.content, '11');
    assert.equal(state.history.at(-1)?.content, '60');
    assert.equal(state.head.sequence, 60);
  });

  test('is rejected when it is repeated within a second, not later', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');
    await alice.join('lobby');
    harness.clock.advance(999);

    await assert.rejects(alice.join('lobby'), {
      code: 'RATE_LIMITED',
      details: { retryAfterSeconds: 1, message: 'Please wait before rejoining' },
    });
    harness.clock.advance(1);
    assert.equal((await alice.join('lobby')).memberCount, 1);
  });

  test('again returns the same state and is not announced', async () => {
    const harness = new ChatHarness();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    await alice.join('lobby');
    await bob.join('lobby');
    await alice.send('hello');
    harness.clock.advance(1000);

    const again = await bob.join('lobby');

    assert.deepEqual(
      again.state.history.map(({ content }) => content),
      ['hello'],
    );
    assert.equal(alice.ofKind('user-joined').length, 1);
  });

  test('leaves no other room', async () => {
    const harness = new ChatHarness();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    const lobby = await alice.join('lobby');
    await alice.join('ops');
    await bob.join('lobby');

    await bob.send('hello', { roomId: lobby.room.id });

    assert.deepEqual(alice.messages, ['hello']);
  });

  test('puts two users who create a room at once into the same room', async () => {
    const harness = new ChatHarness();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];

    const [one, other] = await Promise.all([alice.join('lobby'), bob.join('Lobby')]);

    assert.equal(one.room.id, other.room.id);
    assert.equal(harness.logger.filter(({ event }) => event === 'room.created').length, 1);
  });

  test('is limited in how many rooms a user may create', async () => {
    const harness = new ChatHarness();
    const alice = await harness.connect('alice');
    for (let index = 0; index < 60; index += 1) await alice.join(`room-${index}`);

    await assert.rejects(alice.join('one-more'), { code: 'RATE_LIMITED' });
    assert.equal((await (await harness.connect('bob')).join('one-more')).memberCount, 1);
  });

  test('is limited to 200 rooms per connection', async () => {
    const harness = new ChatHarness();
    const owner = await harness.userOf('carol');
    for (let index = 0; index <= 200; index += 1) {
      await harness.store.rooms.createRoom(room(`room-${index}`), ownedBy(owner), 0);
    }
    const alice = await harness.connect('alice');
    for (let index = 0; index < 200; index += 1) await alice.join(`room-${index}`);

    await assert.rejects(alice.join('room-200'), { code: 'CONFLICT' });
  });

  test('leaves nothing behind if the connection closes meanwhile', async () => {
    const harness = new ChatHarness();
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    await alice.join('lobby');

    const joining = bob.join('lobby');
    bob.leave();

    await assert.rejects(joining);
    await harness.settle();
    assert.deepEqual(alice.kinds(), ['membership-changed', 'member-total']); // Bob remains a member.
    const { memberCount } = await harness.chat.participants.read(alice.connection, {
      roomId: alice.connection.openRooms[0]?.roomId ?? newRoomId(),
      after: undefined,
      limit: undefined,
    });
    assert.equal(memberCount, 1);
  });
});
