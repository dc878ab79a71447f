/** Two nodes. `plans.test.ts` of SQLite and of PostgreSQL run the contract of one over their store. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type Store, StoreUnavailable } from '../../../src/ports/store.ts';
import { storesOver } from '../../../src/stores/split/store.ts';
import { openMemoryMessageLog } from '../../support/memory-message-log.ts';
import { change, command, commitMessage, NOON_MS, user, withLobby } from '../../support/records.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';
import { until } from '../../support/wait.ts';

const onFailure = (error: unknown): void => {
  throw error;
};

describe('a store of two parts', () => {
  /** Two nodes; `failOnce` makes the next call of an operation of the first one fail. */
  async function withTwoNodes() {
    const log = openMemoryMessageLog();
    // Each call waits for its turn, so that those of the nodes overlap.
    const relational = openSqliteInMemory(undefined, undefined, () => setImmediate());
    const failing = new Set<string>();
    const fallible = <Part extends object>(part: Part): Part =>
      new Proxy(part, {
        get: (target, name, receiver) => {
          const found = Reflect.get(target, name, receiver);
          if (typeof found !== 'function') return found;
          return (...args: unknown[]) => {
            if (!failing.delete(String(name))) return Reflect.apply(found, target, args);
            return Promise.reject(new StoreUnavailable(`${String(name)} failed`));
          };
        },
      });
    const relations = fallible(relational.relations);
    const shared = { ...relational, close: async () => {} };
    const first = await storesOver(fallible(log), { ...shared, relations }, { onFailure });
    const second = await storesOver(log, shared, { onFailure });
    const failOnce = (name: string): void => void failing.add(name);
    const close = async (): Promise<void> => {
      await Promise.all([first.close(), second.close()]);
      await relational.close();
    };
    const nodes = { first, second, failOnce, close, log, relational: shared };
    return { ...nodes, ...(await withLobby(first)) };
  }

  const kindsOf = async (store: Store, roomId: Parameters<Store['log']['readEvents']>[0]) =>
    (await store.log.readEvents(roomId, 0, 99)).events.map(({ kind }) => kind);

  test('answers a stored message again if its effects were not recorded, and records them', async () => {
    const { first, second, close, failOnce, alice, bob, lobby } = await withTwoNodes();
    const sent = command({ roomId: lobby.id, userId: alice.id, clientMessageId: 'c1' });

    failOnce('recordEffects');
    const [unknown] = await first.log.commit([sent]);
    const [repeated] = await second.log.commit([sent]);

    assert.deepEqual([unknown?.kind, repeated?.kind], ['unknown', 'duplicate']);
    const { headSequence, members } = await second.rooms.readUnread(lobby.id, [bob.id]);
    assert.deepEqual([headSequence, members[0]?.unread.unreadCount], [1, 1]);
    await close();
  });

  test('lets the author of a message follow its thread if the effects of a reply are recorded late', async () => {
    const { first, second, close, failOnce, alice, bob, lobby } = await withTwoNodes();
    const parentId = await commitMessage(first.log, { roomId: lobby.id, userId: alice.id });

    failOnce('recordEffects');
    const by = { roomId: lobby.id, userId: bob.id };
    const [unknown] = await first.log.commit([command({ ...by, parentId })]);
    await second.log.commit([command(by)]);

    const threads = await second.threads.listFollowed(alice.id, { after: undefined, limit: 9 });
    assert.equal(unknown?.kind, 'unknown');
    assert.deepEqual(
      threads.map(({ rootId, unreadCount }) => [rootId, unreadCount]),
      [[parentId, 1]],
    );
    await close();
  });

  test('deletes with the next sweep what an earlier one has not deleted', async () => {
    const { first, second, close, failOnce, alice, lobby, log } = await withTwoNodes();
    const by = { roomId: lobby.id, userId: alice.id };
    const cut = { beforeMs: NOON_MS + 1, eventsMax: 9 };
    await first.log.commit([
      command({ ...by, admittedAtMs: NOON_MS }),
      command({ ...by, admittedAtMs: NOON_MS + 1 }),
    ]);

    failOnce('deleteRange');
    await assert.rejects(first.log.deleteMessagesOlderThan(lobby.id, cut), StoreUnavailable);
    const starts = await second.log.listLogStarts({ after: undefined, limit: 9 });
    const again = await second.log.deleteMessagesOlderThan(lobby.id, cut);

    assert.deepEqual(starts, [{ roomId: lobby.id, oldestAtMs: NOON_MS }]);
    assert.deepEqual(again, { events: 0, messages: 0, hasMore: false });
    const left = await log.readRecords(lobby.id, { after: 0, upTo: 9, limit: 9 });
    assert.deepEqual(
      left.map(({ sequence }) => sequence),
      [2],
    );
    await close();
  });

  test('finishes a loss of access whose event was not stored, once', async () => {
    const { first, second, close, failOnce, alice, bob, lobby, relational } = await withTwoNodes();
    const by = { roomId: lobby.id, userId: alice.id };
    const removal = { kind: 'access-lost', ...by, subjectId: bob.id, reason: 'removed' } as const;

    failOnce('append');
    const [unknown] = await first.log.commit([change(removal)]);
    const [refused] = await second.log.commit([command({ roomId: lobby.id, userId: bob.id })]);
    const pending = await relational.relations.listPendingLosses({ roomId: undefined, limit: 9 });
    assert.equal(typeof (await second.rooms.addMember(lobby.id, bob.id, NOON_MS)), 'object');
    await second.log.commit([command({ roomId: lobby.id, userId: bob.id })]);

    assert.deepEqual([unknown?.kind, refused?.kind, pending.length], ['unknown', 'rejected', 1]);
    assert.deepEqual(await kindsOf(second, lobby.id), ['access-lost', 'message']);
    await close();
  });

  test('finishes every loss of access in a room before a user becomes a member again', async (t) => {
    // The timer of a node would finish some of them.
    t.mock.timers.enable({ apis: ['setInterval'] });
    const { first, second, close, failOnce, lobby } = await withTwoNodes();
    const people = Array.from({ length: 101 }, (_, index) => user(`user-${index}`));
    for (const person of people) {
      await first.accounts.insertUser(person, 'hash');
      await first.rooms.addMember(lobby.id, person.id, NOON_MS);
    }
    for (const [index, { id: userId }] of people.entries()) {
      const by = { roomId: lobby.id, userId };
      const leave = { kind: 'access-lost', ...by, subjectId: userId, reason: 'left' } as const;
      failOnce('append');
      await first.log.commit([change(leave, { admittedAtMs: NOON_MS + index })]);
    }
    const last = people.at(-1)?.id ?? user('').id;

    await second.rooms.addMember(lobby.id, last, NOON_MS);
    await second.log.commit([command({ roomId: lobby.id, userId: last })]);

    const { events } = await second.log.readEvents(lobby.id, 100, 9);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['access-lost', 'message'],
    );
    await close();
  });

  test('stores the event of a loss once if it was stored but not marked as such', async () => {
    const { first, second, close, failOnce, alice, bob, lobby } = await withTwoNodes();
    const by = { roomId: lobby.id, userId: alice.id };
    const removal = { kind: 'access-lost', ...by, subjectId: bob.id, reason: 'removed' } as const;

    failOnce('deletePendingLoss');
    await first.log.commit([change(removal)]);
    await second.rooms.addMember(lobby.id, bob.id, NOON_MS);

    assert.deepEqual(await kindsOf(second, lobby.id), ['access-lost']);
    await close();
  });

  test('rejects a message that was checked before its author lost access', async () => {
    const { second, close, alice, bob, lobby, log, relational } = await withTwoNodes();
    const by = { roomId: lobby.id, userId: alice.id };
    const removal = { kind: 'access-lost', ...by, subjectId: bob.id, reason: 'removed' } as const;
    let isFirst = true;
    const late: typeof log = {
      ...log,
      append: async (batch) => {
        if (isFirst) {
          isFirst = false;
          await second.log.commit([change(removal)]);
        }
        return log.append(batch);
      },
    };
    const node = await storesOver(late, relational, { onFailure });

    const [outcome] = await node.log.commit([command({ roomId: lobby.id, userId: bob.id })]);

    assert.deepEqual(outcome, { kind: 'rejected', code: 'FORBIDDEN' });
    assert.deepEqual(await kindsOf(node, lobby.id), ['access-lost']);
    await node.close();
    await close();
  });

  test('numbers the messages of two nodes in one room without gaps', async () => {
    const { first, second, close, alice, bob, lobby } = await withTwoNodes();
    const send = (store: Store, userId: typeof alice.id) =>
      Promise.all(
        Array.from({ length: 20 }, () => store.log.commit([command({ roomId: lobby.id, userId })])),
      );

    const outcomes = await Promise.all([send(first, alice.id), send(second, bob.id)]);

    const sequences = outcomes.flat(2).map((each) => each.kind === 'stored' && each.event.sequence);
    assert.deepEqual(
      sequences.toSorted((one, other) => Number(one) - Number(other)),
      Array.from({ length: 40 }, (_, index) => index + 1),
    );
    await close();
  });

  /** More messages than the log takes in one batch, and a log that delays making them findable. */
  async function withLateIndexes() {
    const nodes = await withTwoNodes();
    const { log, relational, alice, lobby } = nodes;
    const indexed = Promise.withResolvers<void>();
    const appends: number[] = [];
    const late: typeof log = {
      ...log,
      append: async (batch) => {
        const appended = await log.append(batch);
        appends.push(batch.records.length);
        return appended === 'conflict' ? appended : { ...appended, findable: indexed.promise };
      },
    };
    const node = await storesOver(late, relational, { onFailure });
    const commands = Array.from({ length: 100 }, (_, index) =>
      command({ roomId: lobby.id, userId: alice.id, clientMessageId: `c${index % 90}` }),
    );
    return { ...nodes, node, commands, appends, indexed };
  }

  test('appends the next batch while the messages of the one before are indexed, and answers after that', async () => {
    const { node, close, commands, appends, indexed, lobby } = await withLateIndexes();

    let isAnswered = false;
    const committed = node.log.commit(commands).finally(() => {
      isAnswered = true;
    });
    await until(() => appends.length === 3, 'three batches');
    const [head] = await node.log.readHeads([lobby.id]);

    assert.deepEqual([appends, isAnswered, head?.head.sequence], [[40, 40, 10], false, 0]);
    indexed.resolve();
    const kinds = (await committed).map(({ kind }) => kind);
    assert.deepEqual(new Set(kinds.slice(0, 90)), new Set(['stored']));
    assert.deepEqual(new Set(kinds.slice(90)), new Set(['duplicate']));
    await node.close();
    await close();
  });

  test('acknowledges no batch whose messages were not indexed, and answers them again', async () => {
    const { node, second, close, commands, appends, indexed, lobby } = await withLateIndexes();

    const committed = node.log.commit(commands);
    await until(() => appends.length === 3, 'three batches');
    indexed.reject(new StoreUnavailable('no answer'));
    const unknown = await committed;
    const repeated = await second.log.commit(commands);

    assert.deepEqual(new Set(unknown.map(({ kind }) => kind)), new Set(['unknown']));
    assert.deepEqual(new Set(repeated.map(({ kind }) => kind)), new Set(['duplicate']));
    assert.equal((await kindsOf(second, lobby.id)).length, 90);
    await node.close();
    await close();
  });

  test('limits the bytes of a batch, which contains the messages that it changes', async () => {
    const { close, alice, lobby, log, relational } = await withTwoNodes();
    const by = { roomId: lobby.id, userId: alice.id };
    const sizes: number[] = [];
    const measured: typeof log = {
      ...log,
      append: (batch) => {
        sizes.push(JSON.stringify(batch.messages).length);
        return log.append(batch);
      },
    };
    const node = await storesOver(measured, relational, { onFailure });
    const long = Array.from({ length: 30 }, () => command({ ...by, content: 'x'.repeat(50_000) }));

    await node.log.commit(long);
    await node.log.commit(long.map(({ messageId }) => change({ ...by, kind: 'pin', messageId })));

    assert(Math.max(...sizes) < 320 * 1024, String(sizes));
    await node.close();
    await close();
  });

  test('finishes with the next message the deletion of an unused room that ended halfway', async () => {
    const { first, close, alice, lobby, log } = await withTwoNodes();

    await log.closeUnused(lobby.id);
    const [outcome] = await first.log.commit([command({ roomId: lobby.id, userId: alice.id })]);

    assert.deepEqual(outcome, { kind: 'rejected', code: 'NOT_FOUND' });
    assert.equal(await first.rooms.findRoom({ kind: 'id', id: lobby.id }, alice.id), undefined);
    await close();
  });

  test('does not delete an unused room in which a message is being stored', async () => {
    const { first, second, close, alice, lobby, failOnce } = await withTwoNodes();

    failOnce('recordEffects');
    await first.log.commit([command({ roomId: lobby.id, userId: alice.id })]);

    assert.equal(await second.rooms.deleteUnusedRoom(lobby.id), false);
    await close();
  });
});
