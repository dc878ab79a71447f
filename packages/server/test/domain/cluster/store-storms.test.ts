/**
 * Events that concern many users at once: they cost a store with few connections a few calls, and no
 * call fails because too many wait.
 */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Bus } from '../../../src/ports/bus.ts';
import type { Client } from '../../support/chat-harness.ts';
import { NarrowStore } from '../../support/narrow-store.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

const USERS = 100;
/** Less than a call for each user, more than it takes. */
const CALLS_MAX = USERS / 5;
const LEASE_MS = 15_000;
const GRACE_MS = 5_000;
const MINUTES_MS = 60_000;
const SETTINGS = { creationRateMax: 0, largeRoomPeople: 2 * USERS };

describe('a store with few connections', () => {
  let narrow: NarrowStore;
  let nodes: TwoNodes;
  /** Confirms the subscriptions of users, which wait as long as the test says so. */
  let confirmSubscriptions: () => void;
  let confirmed: Promise<void>;
  beforeEach(async () => {
    narrow = new NarrowStore();
    confirmed = Promise.resolve();
    confirmSubscriptions = () => {};
    const wrapBus = (bus: Bus): Bus => ({
      nodeId: bus.nodeId,
      isShared: true,
      get isUp() {
        return bus.isUp;
      },
      publish: bus.publish.bind(bus),
      async subscribe(topic, id, handle) {
        const unsubscribe = await bus.subscribe(topic, id, handle);
        if (topic === 'user') await confirmed;
        return unsubscribe;
      },
      onReconnected: (run) => bus.onReconnected(run),
      close: () => bus.close(),
    });
    nodes = await TwoNodes.start({ store: narrow.store, settings: SETTINGS, wrapBus });
  });
  afterEach(() => nodes.close());

  const holdSubscriptions = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    confirmed = promise;
    confirmSubscriptions = resolve;
  };
  const connectMany = async (): Promise<Client[]> => {
    const clients: Client[] = [];
    for (let n = 0; n < USERS; n += 1) clients.push(await nodes.one.connect(`person-${n}`));
    return clients;
  };
  /** Makes the store narrow for what happens, and counts the calls of these names. */
  const callsDuring = async (
    names: readonly string[],
    happen: () => unknown,
    settled: () => unknown,
  ): Promise<number> => {
    narrow.calls.clear();
    narrow.isNarrow = true;
    await happen();
    await settled();
    narrow.isNarrow = false;
    return names.reduce((sum, name) => sum + (narrow.calls.get(name) ?? 0), 0);
  };
  const assertNoFailure = () => {
    const failures = [...nodes.one.logger, ...nodes.other.logger].filter(
      ({ event }) => event === 'store.failed',
    );
    assert.deepEqual(failures, []);
  };
  const settleLong = async () => {
    for (let turns = 0; turns < USERS; turns += 1) await nodes.settle();
  };

  test('is asked for the memberships of many users together when the bus confirms them', async () => {
    holdSubscriptions();
    const clients = await connectMany();
    const owner = await nodes.other.connect('owner');
    const { room } = await owner.join('lobby');
    for (const { connection } of clients) {
      const member = [room.id, connection.user.id, nodes.clock.nowMs()] as const;
      await narrow.store.rooms.addMember(...member); // As if the bus had lost the report of it.
    }

    const calls = await callsDuring(['listRoomIdsOf'], confirmSubscriptions, settleLong);

    assertNoFailure();
    for (const { connection } of clients) {
      assert(nodes.one.chat.connectedUsers.isMember(connection.user.id, room.id));
    }
    assert(calls <= CALLS_MAX, `${calls} calls`);
  });

  test('is asked for the rooms of many users together when their node has died', async () => {
    const clients = await connectMany();
    const witness = await nodes.other.connect('witness');
    await witness.join('lobby');
    for (const client of clients) await client.join('lobby');
    await nodes.advance(2000);
    witness.received.length = 0;
    nodes.network.cut('one');

    const calls = await callsDuring(
      ['listRoomIdsOf', 'listMemberships'],
      () => nodes.advance(LEASE_MS + 2000),
      settleLong,
    );

    assertNoFailure();
    const offline = witness.ofKind('presence').filter(({ member }) => member.status === 'offline');
    assert.equal(new Set(offline.map(({ member }) => member.username)).size, USERS);
    assert(calls <= CALLS_MAX + LEASE_MS / 1000, `${calls} calls`);
  });

  test('saves the activity of many users together when their connections are lost', async () => {
    const clients = await connectMany();
    nodes.clock.advance(MINUTES_MS);
    for (const { connection } of clients) nodes.one.chat.connections.noteCommand(connection);
    const lastSeenAtMs = nodes.clock.nowMs();

    const calls = await callsDuring(
      ['touchSessions', 'setLastSeen'],
      () => {
        for (const client of clients) client.leave({ onPurpose: false });
      },
      async () => {
        await nodes.advance(GRACE_MS);
        await settleLong();
      },
    );

    assertNoFailure();
    for (const { connection } of clients) {
      const { user, sessionKey } = connection;
      assert.equal(await narrow.store.accounts.findLastSeen(user.id), lastSeenAtMs);
      const found = await narrow.store.sessions.findSession(sessionKey);
      assert.equal(found?.session.lastActivityAtMs, lastSeenAtMs);
    }
    assert(calls <= CALLS_MAX, `${calls} calls`);
  });

  test('saves the activity of many sessions together when they are authenticated', async () => {
    const tokens: string[] = [];
    for (let n = 0; n < USERS; n += 1) {
      const who = await nodes.one.userOf(`person-${n}`);
      tokens.push((await nodes.one.startSession(who)).token);
    }
    nodes.clock.advance(10 * MINUTES_MS);

    const calls = await callsDuring(
      ['touchSessions'],
      async () => {
        // A few at a time: authentication itself asks for each.
        for (let n = 0; n < USERS; n += 10) {
          await Promise.all(
            tokens.slice(n, n + 10).map((token) => nodes.one.chat.sessions.authenticate(token)),
          );
        }
      },
      settleLong,
    );

    assertNoFailure();
    assert(calls <= CALLS_MAX, `${calls} calls`);
  });
});
