import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { repetitions } from '../../../../../tests/support/repetitions.ts';
import type { DomainSettings } from '../../../src/domain/settings.ts';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';

/** Three times the limit of a large room: a cost that grows with the square shows at both numbers. */
const PEOPLE = repetitions(600, 10_000);

/** A harness with a room of this many users, without events so far. */
async function harnessWithUsers(
  count: number,
  settings: Partial<DomainSettings> = {},
): Promise<{ harness: ChatHarness; people: Client[] }> {
  const harness = new ChatHarness({ settings: { messageRateMax: 0, ...settings } });
  const people: Client[] = [];
  for (let index = 0; index < count; index += 1) {
    const client = await harness.connect(`p${index}`);
    await client.join('lobby');
    people.push(client);
  }
  return { harness, people };
}

const receivedEventCount = (people: readonly Client[]): number =>
  people.reduce((sum, { received }) => sum + received.length, 0);

describe('a large room that shrinks', () => {
  const lists = (client: Client | undefined): string[] =>
    (client?.ofKind('members') ?? []).map(({ members, memberCount }) =>
      [memberCount, ...members.map(({ username, status }) => `${username} ${status}`)].join(', '),
    );

  test('gets its list once, with the joins and changes that were not sent', async () => {
    const { harness, people } = await harnessWithUsers(5, { largeRoomPeople: 3 });
    const [first, second, , fourth, fifth] = people;
    assert(second !== undefined && fourth !== undefined);
    await harness.chat.presenceStatus.set(fourth.connection, {
      status: 'busy',
      statusText: undefined,
    });
    harness.clock.advance(5000);
    assert.deepEqual(first?.ofKind('presence'), []);

    second.leave();
    harness.clock.advance(5000);
    assert.deepEqual(lists(first), []);
    fifth?.leave();
    people[2]?.leave();
    harness.clock.advance(5000);

    const list = '3, p0 online, p2 online, p3 busy';
    for (const client of [first, fourth]) assert.deepEqual(lists(client), [list]);
    const left = first?.ofKind('user-left').map(({ username }) => username);
    assert.deepEqual(left, ['p4', 'p2']);
  });

  test('gets its list when a membership ends, and only the latest within a second', async () => {
    const { harness, people } = await harnessWithUsers(5, { largeRoomPeople: 3 });
    const [first, second, third, fourth] = people;
    const roomId = first?.connection.openRooms[0]?.roomId;
    assert(roomId !== undefined && second && third && fourth);
    const { user } = third.connection;
    second.leave();

    await harness.chat.memberships.end(user, { roomId, subjectId: user.id, reason: 'left' });
    await harness.settle();
    fourth.leave();
    harness.clock.advance(1000);

    assert.deepEqual(lists(first), ['2, p0 online, p4 online']);
  });
});

describe('a large room', () => {
  test('gets a count once a second in place of joins and leaves', async () => {
    const { harness, people } = await harnessWithUsers(201);
    const [first] = people;
    assert(first !== undefined);
    harness.clock.advance(1000);
    const joinedBefore = first.ofKind('user-joined').length;
    const countsBefore = first.ofKind('member-count').length;

    for (const name of ['x1', 'x2', 'x3']) await (await harness.connect(name)).join('lobby');
    harness.clock.advance(1000);

    assert.equal(first.ofKind('user-joined').length, joinedBefore);
    assert.equal(first.ofKind('presence').length, 0);
    const counts = first.ofKind('member-count').slice(countsBefore);
    assert.deepEqual(
      counts.map(({ memberCount }) => memberCount),
      [202, 204],
    );
  });

  test(`of ${PEOPLE} users costs each join and each message at most linear time`, async () => {
    const { harness, people } = await harnessWithUsers(PEOPLE);
    // Up to the limit of a large room all users get all events: two for each who joins.
    const small = 200;
    assert(
      receivedEventCount(people) <= small * small + people.length,
      `${receivedEventCount(people)} events`,
    );
    harness.clock.advance(5000);
    for (const client of people) client.received.length = 0;

    const [speaker, typist] = people;
    assert(speaker !== undefined && typist !== undefined);
    await speaker.send('hello');
    for (const client of people.slice(0, 100)) {
      harness.chat.typing.set(client.connection, { roomId: undefined, isTyping: true });
    }
    const roomId = speaker.connection.openRooms[0]?.roomId;
    assert(roomId !== undefined);
    for (const client of people.slice(0, 100)) {
      await harness.chat.readReceipts.markRead(client.connection, { roomId, sequence: 1 });
    }
    for (const client of people.slice(-100)) client.leave();
    harness.clock.advance(1000);

    const reached = people.filter(({ messages }) => messages.length === 1).length;
    assert.equal(reached, people.length - 1);
    // The message, at most twenty users who start and stop typing, and a count or two.
    assert(
      receivedEventCount(people) <= people.length * (1 + 2 * 20 + 3),
      `${receivedEventCount(people)} events`,
    );
    const joined = await (await harness.connect('late')).join('lobby');
    assert.equal(joined.members.length, 200);
    assert.equal(joined.memberCount, PEOPLE - 100 + 1);
  });
});
