/** Reads are limited for each user, and users take turns. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import { ChatHarness } from '../../support/chat-harness.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';

describe('reads of a user', () => {
  test('have one budget for all connections and kinds of reads, in pages', async () => {
    const harness = new ChatHarness({
      settings: { userReadRateMax: 10, messageRateWindowMs: 10_000 },
    });
    const [tab, phone, bob] = [
      await harness.connect('alice'),
      await harness.connect('alice'),
      await harness.connect('bob'),
    ];
    const { room } = await tab.join('lobby'); // 1
    const { history, roomLists, participants } = harness.chat;
    const page = { roomId: room.id, before: undefined, after: undefined, limit: 200 };
    const { user } = phone.connection;

    await history.readMessages(user, page); // 5
    await roomLists.listOwn(user); // 9
    await participants.read(tab.connection, { ...page, limit: 1 }); // 10
    const rejected = history.readMessages(user, page);

    await assert.rejects(rejected, { code: 'RATE_LIMITED', details: { retryAfterSeconds: 4 } });
    await history.readMessages(bob.connection.user, page);
    harness.clock.advance(4000);
    await history.readMessages(user, page);
  });

  test('are not limited if messages are not', async () => {
    const harness = new ChatHarness({ settings: { userReadRateMax: 1, messageRateMax: 0 } });
    const alice = await harness.userOf('alice');
    for (let reads = 0; reads < 5; reads += 1) await harness.chat.roomLists.listOwn(alice);
  });

  test('delay those of another user by one read at most, however many wait', async () => {
    const store = openSqliteInMemory();
    const order: string[] = [];
    const readHistory: typeof store.log.readHistory = async (page) => {
      order.push(page.roomId);
      await new Promise((resolve) => setImmediate(resolve));
      return store.log.readHistory(page);
    };
    const harness = new ChatHarness({ store: { ...store, log: { ...store.log, readHistory } } });
    const [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    const { room: loud } = await alice.join('loud');
    const { room: quiet } = await bob.join('quiet');
    const { history } = harness.chat;
    const read = (who: typeof alice, roomId: RoomId) =>
      history.readMessages(who.connection.user, {
        ...{ roomId, before: undefined, after: undefined, limit: 50 },
      });

    const flood = Array.from({ length: 50 }, () => read(alice, loud.id));
    const honest = read(bob, quiet.id);
    await honest;
    const before = order.indexOf(quiet.id);
    await Promise.all(flood);

    assert.ok(before <= 1, `${before} reads came first`);
    assert.equal(order.length, 51);
  });

  test('of many users beyond the pace of a person leave the store to the others', async () => {
    const store = openSqliteInMemory();
    const gate = Promise.withResolvers<void>();
    const begun: string[] = [];
    let isHanging = false;
    const readHistory: typeof store.log.readHistory = async (page) => {
      begun.push(page.roomId);
      if (isHanging) await gate.promise;
      return store.log.readHistory(page);
    };
    const harness = new ChatHarness({ store: { ...store, log: { ...store.log, readHistory } } });
    const names = Array.from({ length: 4 }, (_, index) => `scraper-${index}`);
    const scrapers = await Promise.all(names.map((name) => harness.connect(name)));
    const bob = await harness.connect('bob');
    const { room: loud } = await bob.join('loud');
    const { room: quiet } = await bob.join('quiet');
    const read = (who: typeof bob, roomId: RoomId) =>
      harness.chat.history.readMessages(who.connection.user, {
        ...{ roomId, before: undefined, after: undefined, limit: 50 },
      });
    for (const scraper of scrapers) await scraper.join('loud');
    for (const scraper of scrapers) {
      for (let reads = 0; reads < 160; reads += 1) await read(scraper, loud.id);
    }

    isHanging = true;
    begun.length = 0;
    const flood = scrapers.map((scraper) => read(scraper, loud.id));
    await harness.settle();
    const honest = read(bob, quiet.id);
    await harness.settle();
    gate.resolve();
    await Promise.all([honest, ...flood]);

    assert.deepEqual(begun.slice(0, 3), [loud.id, loud.id, quiet.id]);
    assert.equal(begun.length, 5);
  });

  test('that hang give their turn back', async () => {
    const store = openSqliteInMemory();
    const gate = Promise.withResolvers<void>();
    let isHanging = true;
    const readHistory: typeof store.log.readHistory = async (page) => {
      if (isHanging) await gate.promise;
      return store.log.readHistory(page);
    };
    const harness = new ChatHarness({ store: { ...store, log: { ...store.log, readHistory } } });
    const alice = await harness.connect('alice');
    const { room } = await alice.join('lobby');
    const { history, roomLists } = harness.chat;
    const page = { roomId: room.id, before: undefined, after: undefined, limit: 50 };
    const { user } = alice.connection;

    const hanging = history.readMessages(user, page);
    const other = roomLists.listOwn(user);
    await harness.settle();
    harness.clock.advance(200);
    await other;
    isHanging = false;
    gate.resolve();
    await hanging;
  });
});
