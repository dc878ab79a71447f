/** Waves of new accounts that join a public room: the steps, who is exempt, and days without a wave. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ChatError, type RoomId } from '@parley/protocol';
import fc from 'fast-check';
import { repetitions } from '../../../../../tests/support/repetitions.ts';
import { JOIN_STEPS, JOIN_WAVE } from '../../../src/domain/rooms/join-waves.ts';
import type { DomainSettings } from '../../../src/domain/settings.ts';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';
import { BY } from '../../support/records.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MAX = 4;
const RULES = { floodRules: true, joinWaveMax: MAX };
const [, MUTE, WAIT] = JOIN_STEPS;
const REASON = 'Join rule: many new accounts joined this room at once';

/** `joined`, or the error as text. */
async function joinAs(client: Client, room = 'lobby'): Promise<string> {
  try {
    await client.join(room);
    return 'joined';
  } catch (error) {
    assert.ok(error instanceof ChatError, String(error));
    return `${error.code} ${error.message}`;
  }
}

async function joinMany(harness: ChatHarness, from: number, to: number) {
  const clients: Client[] = [];
  const outcomes: string[] = [];
  for (let index = from; index < to; index += 1) {
    const client = await harness.connect(`new-${index}`);
    outcomes.push(await joinAs(client));
    clients.push(client);
    await harness.settle();
  }
  return { clients, outcomes };
}

async function openLobby(harness: ChatHarness): Promise<RoomId> {
  const owner = await harness.connect('owner');
  const { room } = await owner.join('lobby');
  await harness.settle();
  return room.id;
}

async function withLobby(settings: Partial<DomainSettings> = RULES) {
  const harness = new ChatHarness({ settings });
  const roomId = await openLobby(harness);
  return { harness, roomId };
}

const reportsOf = ({ store }: Pick<ChatHarness, 'store'>) =>
  store.reports.listReports({ state: 'open', after: undefined, limit: 99 });
const mutedIn = async ({ store, clock }: ChatHarness, roomId: RoomId) =>
  store.rooms.listRestricted('mute', roomId, {
    after: undefined,
    limit: 999,
    nowMs: clock.nowMs(),
  });

describe('new accounts that join a public room at once', () => {
  test('are reported, then muted with those before them, then wait', async () => {
    const { harness, roomId } = await withLobby();
    await joinMany(harness, 0, MAX);
    assert.deepEqual(await reportsOf(harness), []);

    await joinMany(harness, MAX, MAX * MUTE.times);
    const [report, ...others] = await reportsOf(harness);
    assert.deepEqual(others, []);
    assert.deepEqual([report?.reporter, report?.user.username], [undefined, `new-${MAX}`]);
    assert.match(
      report?.reason ?? '',
      /^Join rule: more than 4 new accounts joined “lobby” in 5 min, this one last. Above 8, they are muted in it for 10 min$/,
    );
    assert.deepEqual(await mutedIn(harness, roomId), []);

    const { clients } = await joinMany(harness, MAX * MUTE.times, MAX * WAIT.times);
    const muted = await mutedIn(harness, roomId);
    assert.equal(muted.length, MAX * WAIT.times);
    assert.deepEqual(new Set(muted.map(({ reason }) => reason)), new Set([REASON]));
    assert.equal(clients.at(-1)?.ofKind('mute').at(-1)?.mute?.reason, REASON);
    await assert.rejects(clients[0]?.send('Buy gold') ?? Promise.resolve(), { code: 'FORBIDDEN' });

    const { outcomes } = await joinMany(harness, 100, 101);
    assert.deepEqual(outcomes, ['RATE_LIMITED Too many new accounts join this room: wait 15 s']);
    harness.clock.advance(15_000);
    const later = await joinMany(harness, 100, 101);
    assert.deepEqual(later.outcomes, ['joined']);
    assert.equal((await reportsOf(harness)).length, 1);
    // Another room is not concerned, and the mutes end.
    assert.equal(await joinAs(await harness.connect('new-200'), 'elsewhere'), 'joined');
    harness.clock.advance(MUTE.forMs);
    assert.deepEqual(await mutedIn(harness, roomId), []);
  });

  test('keep a longer mute, and count once however often they join', async () => {
    const { harness, roomId } = await withLobby();
    const [again] = (await joinMany(harness, 0, 1)).clients;
    assert.ok(again !== undefined);
    const { user } = again.connection;
    const atMs = harness.clock.nowMs();
    const mute = { untilMs: atMs + HOUR_MS, reason: 'Rude' };
    await harness.store.rooms.setMute(roomId, user.id, mute, { ...BY, atMs });
    for (let count = 0; count < MAX; count += 1) {
      harness.chat.events.emit('memberAdded', roomId, user);
      await harness.settle();
    }
    assert.deepEqual(await reportsOf(harness), []);

    await joinMany(harness, 1, MAX * MUTE.times + 1);
    const found = (await mutedIn(harness, roomId)).find((each) => each.user.id === user.id);
    assert.equal(found?.reason, 'Rude');
  });

  test('are counted on all nodes together', async () => {
    const nodes = await TwoNodes.start({ settings: RULES });
    const roomId = await openLobby(nodes.one);
    for (let index = 0; index < MAX * WAIT.times; index += 1) {
      const node = index % 2 === 0 ? nodes.one : nodes.other;
      assert.deepEqual((await joinMany(node, index, index + 1)).outcomes, ['joined']);
    }
    assert.equal((await reportsOf(nodes)).length, 1);
    assert.equal((await mutedIn(nodes.one, roomId)).length, MAX * WAIT.times);
    for (const node of [nodes.one, nodes.other]) {
      assert.match((await joinMany(node, 100, 101)).outcomes[0] ?? '', /^RATE_LIMITED/);
    }
    await nodes.close();
  });

  test('are not limited if they are not new, or the operator switches the rule off', async () => {
    for (const settings of [
      { ...RULES, joinWaveMax: 0 },
      { ...RULES, floodRules: false },
      { ...RULES, messageRateMax: 0 },
      { ...RULES, newAccountMs: 0 },
      { ...RULES, registration: 'invited' },
    ] as const) {
      const { harness, roomId } = await withLobby(settings);
      const { outcomes } = await joinMany(harness, 0, MAX * WAIT.times + 1);
      assert.deepEqual(new Set(outcomes), new Set(['joined']));
      assert.deepEqual([await reportsOf(harness), await mutedIn(harness, roomId)], [[], []]);
    }
  });
});

const MEMBERS_MAX = 60;

describe('no wave is found with the default', () => {
  /** A company or class that joins within an hour, some of them in a meeting of few minutes. */
  const joins = fc
    .record({
      meeting: fc.array(fc.nat(3 * MINUTE_MS), { maxLength: 30 }),
      others: fc.array(fc.nat(HOUR_MS), { maxLength: 20 }),
    })
    .map(({ meeting, others }) => [...meeting, ...others].sort((one, other) => one - other));

  test('on a day on which fifty people join a default room', async () => {
    const property = fc.asyncProperty(joins, async (times) => {
      const harness = new ChatHarness({ settings: { floodRules: true } });
      const owner = await harness.connect('owner');
      const { room } = await owner.join('staff');
      await harness.store.rooms.changeRoom(room.id, { isDefault: true }, undefined);
      let nowMs = 0;
      for (const [index, atMs] of times.entries()) {
        harness.clock.advance(atMs - nowMs);
        nowMs = atMs;
        const member = await harness.userOf(`person-${index}`);
        await harness.chat.newcomers.welcome(member);
        // Reconnects.
        const client = await harness.connectUser(member);
        await joinAs(client, 'staff');
        await harness.settle();
      }
      assert.deepEqual([await reportsOf(harness), await mutedIn(harness, room.id)], [[], []]);
    });
    await fc.assert(property, { numRuns: repetitions(5, 100) });
  });

  test('if people move on through many rooms, and come back', async () => {
    const harness = new ChatHarness({ settings: { floodRules: true } });
    const owner = await harness.connect('owner');
    const rooms: RoomId[] = [];
    for (let index = 0; index < 5; index += 1)
      rooms.push((await owner.join(`room-${index}`)).room.id);
    for (let index = 0; index < MEMBERS_MAX; index += 1) {
      const client = await harness.connect(`person-${index}`);
      for (const name of ['room-0', `room-${1 + (index % 4)}`]) {
        assert.equal(await joinAs(client, name), 'joined');
      }
      client.leave();
      harness.clock.advance(JOIN_WAVE.windowMs / 50);
      const again = await harness.connect(`person-${index}`);
      assert.equal(await joinAs(again, 'room-0'), 'joined');
      await harness.settle();
    }
    assert.deepEqual(await reportsOf(harness), []);
    for (const roomId of rooms) assert.deepEqual(await mutedIn(harness, roomId), []);
  });
});
