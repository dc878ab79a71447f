import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ChatError } from '@parley/protocol';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';
import { TwoNodes } from '../../support/two-nodes.ts';

const HOUR_MS = 60 * 60 * 1000;
const LEAVE = { status: 'busy', statusText: 'On leave until Monday' } as const;

/** The presence of bob in the events of this client. */
function shown(client: Client): unknown[] {
  return client.ofKind('presence').flatMap(({ member }) => {
    const { username, status, statusText, untilMs } = member;
    return username === 'bob' ? [[status, statusText, untilMs]] : [];
  });
}

async function friends() {
  const harness = new ChatHarness();
  const alice = await harness.connect('alice');
  const bob = await harness.connect('bob');
  await alice.join('lobby');
  await bob.join('lobby');
  const inMs = (ms: number): string => new Date(harness.clock.nowMs() + ms).toISOString();
  return { harness, alice, bob, inMs };
}

describe('a chosen presence', () => {
  test('outlives the connections of its user', async () => {
    const { harness, alice, bob } = await friends();
    const chosen = [LEAVE.status, LEAVE.statusText, undefined];
    await harness.chat.presenceStatus.set(bob.connection, LEAVE);
    bob.leave();
    harness.clock.advance(7000);

    const again = await harness.connect('bob');

    assert.deepEqual(shown(alice), [chosen, ['offline', ...chosen.slice(1)], chosen]);
    assert.deepEqual(shown(again), [chosen]);
  });

  test('is in the lists of a client that comes later, without the user, until its end', async () => {
    const { harness, alice, bob, inMs } = await friends();
    await bob.sendTo('alice', 'hello');
    const until = inMs(2 * HOUR_MS);
    await harness.chat.presenceStatus.set(bob.connection, { ...LEAVE, until });
    bob.leave();
    harness.clock.advance(HOUR_MS);
    const listed = async () => {
      const { rooms } = await harness.chat.roomLists.listOwn(alice.connection.user);
      const person = rooms.find(({ room }) => room.kind === 'direct')?.person;
      return [person?.status, person?.statusText, person?.untilMs];
    };

    assert.deepEqual(await listed(), ['offline', LEAVE.statusText, Date.parse(until)]);
    harness.clock.advance(HOUR_MS);
    assert.deepEqual(await listed(), ['offline', undefined, undefined]);
  });

  test('ends at its time, while connected and while away', async () => {
    const { harness, alice, bob, inMs } = await friends();
    const ended = ['online', undefined, undefined];
    const until = inMs(2 * HOUR_MS);
    const untilMs = Date.parse(until);

    const answer = await harness.chat.presenceStatus.set(bob.connection, { ...LEAVE, until });
    assert.equal(answer?.untilMs, untilMs);
    harness.clock.advance(2 * HOUR_MS - 1);
    assert.deepEqual(shown(alice), [[LEAVE.status, LEAVE.statusText, untilMs]]);
    harness.clock.advance(1);
    assert.deepEqual([shown(alice).at(-1), shown(bob).at(-1)], [ended, ended]);

    await harness.chat.presenceStatus.set(bob.connection, { ...LEAVE, until: inMs(HOUR_MS) });
    bob.leave();
    harness.clock.advance(HOUR_MS);
    const again = await harness.connect('bob');
    assert.deepEqual([shown(alice).at(-1), shown(again)], [ended, []]);
    await harness.chat.close();
    assert.equal(harness.clock.timerCount, 0);
  });

  test('of months ends at its time, too', async () => {
    const { harness, alice, bob, inMs } = await friends();

    await harness.chat.presenceStatus.set(bob.connection, {
      ...LEAVE,
      until: inMs(90 * 24 * HOUR_MS),
    });
    harness.clock.advance(89 * 24 * HOUR_MS);
    assert.equal(shown(alice).length, 1);
    harness.clock.advance(24 * HOUR_MS);

    assert.deepEqual(shown(alice).at(-1), ['online', undefined, undefined]);
  });

  for (const until of ['soon', '2026-02-30', '2001-01-01T00:00:00Z', '2999-01-01T00:00:00Z']) {
    test(`rejects the end ${until}`, async () => {
      const { harness, bob } = await friends();
      const choosing = harness.chat.presenceStatus.set(bob.connection, { ...LEAVE, until });

      await assert.rejects(choosing, ({ code, details }: ChatError) => {
        return code === 'VALIDATION_ERROR' && details.field === 'until';
      });
    });
  }

  test('is that of the latest choice, also on a node that has not heard of it', async () => {
    const nodes = await TwoNodes.start();
    const { alice, bob } = await nodes.inLobby();
    await nodes.other.chat.presenceStatus.set(bob.connection, LEAVE);
    bob.leave();
    nodes.clock.advance(7000);
    await nodes.settle();

    const again = await nodes.one.connect('bob');
    await nodes.settle();

    assert.deepEqual(shown(again), [[LEAVE.status, LEAVE.statusText, undefined]]);
    assert.deepEqual(shown(alice).at(-1), [LEAVE.status, LEAVE.statusText, undefined]);
    await nodes.close();
  });

  test('is set without a connection, as over HTTP, for the connections to every node', async () => {
    const nodes = await TwoNodes.start();
    const { alice, bob } = await nodes.inLobby(); // Bob is connected to the other node.
    const { user } = bob.connection;
    const chosen = [LEAVE.status, LEAVE.statusText, undefined];

    const answer = await nodes.one.chat.presenceStatus.set({ user }, LEAVE);
    nodes.clock.advance(1000);
    await nodes.settle();

    assert.deepEqual([answer?.status, answer?.statusText], [LEAVE.status, LEAVE.statusText]);
    assert.deepEqual([shown(alice).at(-1), shown(bob).at(-1)], [chosen, chosen]);
    bob.leave();
    nodes.clock.advance(7000);
    await nodes.settle();
    const back = { status: 'online', statusText: 'Back' } as const;
    const offline = await nodes.one.chat.presenceStatus.set({ user }, back);
    assert.deepEqual([offline?.status, offline?.statusText], ['offline', 'Back']);
    const again = await nodes.other.connect('bob');
    assert.deepEqual(shown(again), [['online', 'Back', undefined]]);
    await nodes.close();
  });
});
