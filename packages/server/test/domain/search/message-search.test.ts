/** The search of messages, against a naive scan of what the user may read, in both databases. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type MessageId, matchSearch, parseSearch, type RoomId } from '@parley/protocol';
import fc from 'fast-check';
import { repetitions } from '../../../../../tests/support/repetitions.ts';
import type { Room } from '../../../src/model/room.ts';
import { stemsIn } from '../../../src/model/stems.ts';
import type { User } from '../../../src/model/user.ts';
import type { Unindexed } from '../../../src/ports/search-store.ts';
import type { Store } from '../../../src/ports/store.ts';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';
import {
  change,
  command,
  commitMessage,
  NOON_MS,
  newRoomId,
  room,
  user,
} from '../../support/records.ts';
import { reusedPostgresStores } from '../../support/reused-stores.ts';
import { openSqliteInMemory } from '../../support/sqlite-in-memory.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';

const NAMES = ['alice', 'bob', 'carol'] as const;
const TEXTS = [
  'red apples',
  'Red `pears` and apples',
  'rédaction https://example.org',
  '赤いリンゴ',
  '赤い',
  'green',
  'apples red',
  'häuser in red',
  'das haus',
];
const LANGUAGES = ['en', 'de'] as const;
const STEMS_OF = stemsIn(LANGUAGES);
const QUERIES = [
  'red',
  'red ',
  '"red apples"',
  'apples -pears',
  '赤い',
  'リンゴ',
  '赤',
  'from:alice',
  'from:bob apples',
  'in:public red',
  'in:lounge apples',
  'has:link',
  'has:code red',
  'green nothing',
  'apple',
  'apple ',
  '"apple"',
  'apples -apple',
  'from:bob apple pear',
  'häusern',
  'häuser -haus',
];

type Step =
  | { readonly kind: 'send'; readonly who: number; readonly where: number; readonly text: string }
  | { readonly kind: 'edit' | 'delete'; readonly which: number; readonly text: string }
  | { readonly kind: 'leave' | 'join' | 'ban'; readonly who: number; readonly where: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      who: fc.nat(2),
      where: fc.nat(2),
      text: fc.constantFrom(...TEXTS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('edit' as const, 'delete' as const),
      which: fc.nat(20),
      text: fc.constantFrom(...TEXTS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('leave' as const, 'join' as const, 'ban' as const),
      who: fc.nat(2),
      where: fc.nat(2),
    }),
  },
);

/** Rooms of others: so many that a search names its own. */
const OTHER_ROOMS = 12;

/** Two public rooms, and a group that only its members can read. */
async function openScene(store: Store) {
  const harness = new ChatHarness({
    store,
    settings: { messageRateMax: 0, searchLanguages: LANGUAGES },
  });
  const clients: Client[] = [];
  for (const name of NAMES) clients.push(await harness.connect(name));
  const [alice] = clients;
  assert(alice);
  const roomIds: RoomId[] = [];
  for (const name of ['public', 'lounge']) {
    for (const client of clients) {
      const joined = await client.join(name);
      if (client === alice) roomIds.push(joined.room.id);
    }
  }
  const group = room('team', { kind: 'group', visibility: 'private', nameKey: newRoomId() });
  const members = clients.map(({ connection }) => ({
    ...{ userId: connection.user.id, role: 'member' as const },
  }));
  await store.rooms.createRoom(group, members, NOON_MS);
  roomIds.push(group.id);
  const dora = user('dora');
  await store.accounts.insertUser(dora, 'hash');
  for (let count = 0; count < OTHER_ROOMS; count += 1) {
    const other = room(`other ${count}`, { visibility: 'private' });
    await store.rooms.createRoom(other, [{ userId: dora.id, role: 'owner' }], NOON_MS);
  }
  const sent: ReturnType<typeof command>[] = [];
  let nowMs = NOON_MS;

  const run = async (step: Step): Promise<void> => {
    nowMs += 1000;
    if (step.kind === 'send') {
      const [who, roomId] = [clients[step.who], roomIds[step.where]];
      assert(who && roomId);
      const { id: userId } = who.connection.user;
      const message = command({ roomId, userId, content: step.text, admittedAtMs: nowMs });
      await store.log.commit([message]);
      sent.push(message);
      return;
    }
    if ('which' in step) {
      const target = sent[step.which];
      if (target === undefined) return;
      const { roomId, userId, messageId, mentions } = target;
      const about = { roomId, userId, messageId };
      const changed =
        step.kind === 'edit'
          ? change({ kind: 'edit', ...about, content: step.text, mentions })
          : change({ kind: 'deletion', ...about });
      await store.log.commit([changed]);
      return;
    }
    const [who, roomId] = [clients[step.who], roomIds[step.where]];
    assert(who && roomId);
    const { id: userId } = who.connection.user;
    if (step.kind === 'join') {
      await store.rooms.addMember(roomId, userId, NOON_MS);
      return;
    }
    const reason = step.kind === 'leave' ? 'left' : 'banned';
    await store.log.commit([
      {
        ...({
          kind: 'access-lost',
          roomId,
          userId: alice.connection.user.id,
          subjectId: userId,
        } as const),
        ...({
          reason,
          clientMessageId: undefined,
          fingerprint: '',
          admittedAtMs: NOON_MS,
        } as const),
      },
    ]);
  };

  /** Each message that the user may read and that matches, newest first. */
  const scan = async (client: Client, query: string): Promise<string[]> => {
    const parsed = parseSearch(query, STEMS_OF);
    const { user } = client.connection;
    const found: { readonly id: string; readonly atMs: number }[] = [];
    for (const [index, roomId] of roomIds.entries()) {
      const name = ['public', 'lounge', 'team'][index];
      if (parsed.in.length > 0 && !parsed.in.includes(name ?? '')) continue;
      const page = { roomId, before: undefined, after: undefined, limit: 200 };
      const read = await harness.chat.history.readMessages(user, page).catch(() => undefined);
      for (const message of read?.messages ?? []) {
        const { content } = message;
        const fits =
          !message.isDeleted &&
          (parsed.from.length === 0 || parsed.from.includes(message.sender)) &&
          parsed.has.every((kind) => content.includes(kind === 'link' ? 'https://' : '`')) &&
          matchSearch(content, parsed, STEMS_OF) !== undefined;
        if (fits) found.push({ id: message.id, atMs: message.createdAtMs });
      }
    }
    return found.sort((a, b) => b.atMs - a.atMs).map(({ id }) => id);
  };
  const search = async (client: Client, q: string, sort: 'newest' | 'relevance') => {
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await harness.chat.messageSearch.search(client.connection.user, {
        ...{ q, sort, limit: 2 },
        ...(cursor === undefined ? {} : { cursor }),
      });
      found.push(...page.results.map(({ message }) => message.id));
      cursor = page.cursor;
    } while (cursor !== undefined);
    return found;
  };
  return { harness, clients, run, scan, search };
}

function testAgainstScan(name: string, openEmpty: () => Promise<Store>, runs: number): void {
  test(`property: ${name} finds what a scan finds, whatever was changed meanwhile`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { minLength: 5, maxLength: 25 }),
        fc.uniqueArray(fc.constantFrom(...QUERIES), { minLength: 1, maxLength: 3 }),
        async (steps, queries) => {
          const store = await openEmpty();
          const scene = await openScene(store);
          // A step that is not allowed now changes nothing.
          for (const step of steps) await scene.run(step).catch(() => {});
          for (const query of queries) {
            for (const client of scene.clients) {
              const expected = await scene.scan(client, query);
              assert.deepEqual(await scene.search(client, query, 'newest'), expected, query);
              const ranked = await scene.search(client, query, 'relevance');
              assert.deepEqual(ranked.toSorted(), expected.toSorted(), query);
            }
          }
          await scene.harness.chat.close();
          await store.close();
        },
      ),
      { numRuns: repetitions(runs, 20 * runs) },
    );
  });
}

async function createRoom(store: Store, name: string, owner: User): Promise<Room> {
  const created = room(name);
  await store.rooms.createRoom(created, [{ userId: owner.id, role: 'owner' }], NOON_MS);
  return created;
}

/** In steps of 50 ms, which the index takes for the duration of its own. */
async function pass(harness: ChatHarness, durationMs: number): Promise<void> {
  for (let passed = 0; passed < durationMs; passed += 50) {
    harness.clock.advance(50);
    await harness.settle();
  }
}

describe('the search of messages', () => {
  testAgainstScan('SQLite', async () => openSqliteInMemory(), 15);

  describe('in PostgreSQL', { skip: postgresSkip() }, () => {
    let databases: TestDatabases;
    before(async () => {
      databases = await TestDatabases.open();
    });
    const openEmpty = reusedPostgresStores(() => databases.create());
    after(() => databases.close());

    testAgainstScan('PostgreSQL', openEmpty, 8);
  });

  test('finds the other forms of English words, and highlights them, unless they are in quotes', async () => {
    const store = openSqliteInMemory();
    const harness = new ChatHarness({ store });
    const alice = await harness.connect('alice');
    await alice.join('lobby');
    for (const text of ['Ana deploys', 'was deployed twice', 'Bo deploys, Cy deploys'])
      await alice.send(text);
    const find = async (q: string) => {
      const { results } = await harness.chat.messageSearch.search(alice.connection.user, { q });
      return results.map(({ message: { content }, highlights }) => [
        ...[content, ...highlights.map(([start, end]) => content.slice(start, end))],
      ]);
    };

    assert.deepEqual(await find('deploys '), [
      ['Bo deploys, Cy deploys', 'deploys', 'deploys'],
      ['Ana deploys', 'deploys'],
      ['was deployed twice', 'deployed'],
    ]);
    assert.deepEqual(await find('"deployed"'), [['was deployed twice', 'deployed']]);
    await harness.chat.close();
  });

  test('a stored message is indexed soon, without a search', async () => {
    const store = openSqliteInMemory();
    const harness = new ChatHarness({ store });
    await harness.chat.begin();
    const alice = await harness.connect('alice');
    await alice.join('lobby');
    await pass(harness, 5000);
    await alice.send('red apples');
    const step = { phrases: parseSearch('red ').phrases, authorIds: [], contents: [] };
    const [searched] = await store.search.listSearchedRooms(alice.connection.user.id, {
      ...{ isGuest: false, limit: 1, nowMs: NOON_MS },
    });
    assert(searched);
    const find = () =>
      store.search.searchMessages({
        ...{ ...step, roomIds: [searched.roomId], after: undefined, limit: 10 },
        ...{ fromMs: 0, beforeMs: Number.MAX_SAFE_INTEGER },
      });

    assert.deepEqual(await find(), []);
    await pass(harness, 500);
    assert.equal((await find()).length, 1);
    await harness.chat.close();
  });

  test('looks into many rooms in steps, and finds the latest messages of all of them', async () => {
    const store = openSqliteInMemory();
    const harness = new ChatHarness({ store });
    const { connection } = await harness.connect('alice');
    const { user: alice } = connection;
    const names = Array.from({ length: 120 }, (_, index) => `room ${(index * 7) % 120}`);
    for (const [index, name] of names.entries()) {
      const { id: roomId } = await createRoom(store, name, alice);
      // Two messages of a room: the latest room has an early message.
      for (const atMs of [NOON_MS + index, NOON_MS + 1000 + ((index * 11) % 120)]) {
        const sent = { roomId, userId: alice.id, content: `word ${atMs}`, admittedAtMs: atMs };
        await store.log.commit([command(sent)]);
      }
    }
    const times: number[] = [];
    for (let cursor: string | undefined, pages = 0; pages < 9; pages += 1) {
      const request = { q: 'word', sort: 'newest' as const, limit: 50, cursor };
      const page = await harness.chat.messageSearch.search(alice, request);
      assert.equal(page.isIncomplete, false);
      times.push(...page.results.map(({ message }) => message.createdAtMs));
      cursor = page.cursor;
      if (cursor === undefined) break;
    }

    assert.equal(times.length, 240);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => b - a),
    );
    await harness.chat.close();
  });

  test('reads the rooms of the user once for all in: of a search', async () => {
    const store = openSqliteInMemory();
    let reads = 0;
    const watched: Store = {
      ...store,
      rooms: {
        ...store.rooms,
        listRoomsOf: (...given) => {
          reads += 1;
          return store.rooms.listRoomsOf(...given);
        },
      },
    };
    const harness = new ChatHarness({ store: watched });
    const alice = await harness.connect('alice');
    for (const name of ['one', 'two', 'three']) {
      const { room: joined } = await alice.join(name);
      const sent = { roomId: joined.id, userId: alice.connection.user.id };
      await commitMessage(store.log, { ...sent, content: `word in ${name}` });
    }
    reads = 0;
    const names = Array.from({ length: 15 }, (_, index) => `in:room-${index}`).join(' ');
    const request = { q: `in:one in:#TWO ${names} word` };
    const { results } = await harness.chat.messageSearch.search(alice.connection.user, request);

    assert.deepEqual(results.map(({ message }) => message.content).toSorted(), [
      'word in one',
      'word in two',
    ]);
    assert.equal(reads, 1);
    await harness.chat.close();
  });

  test('pages have each message once, and none is left out, while messages come and go', async () => {
    for (const sort of ['relevance', 'newest'] as const) {
      // More than are ranked together.
      const store = openSqliteInMemory();
      const harness = new ChatHarness({ store });
      const alice = await harness.connect('alice');
      const { room: lobby } = await alice.join('lobby');
      const by = { roomId: lobby.id, userId: alice.connection.user.id };
      const send = (count: number, atMs: number) =>
        commitMessage(store.log, {
          ...{ ...by, admittedAtMs: atMs },
          content: `apple ${'word '.repeat(count % 7)}${count}`,
        });
      const ids: MessageId[] = [];
      for (let count = 0; count < 450; count += 1) {
        // Several of one time.
        ids.push(await send(count, NOON_MS + Math.floor(count / 4)));
      }
      const shown: MessageId[] = [];
      const deleted = new Set<MessageId>();
      for (let cursor: string | undefined, pages = 0; pages < 40; pages += 1) {
        const request = { q: 'apple', sort, limit: 20, cursor };
        const page = await harness.chat.messageSearch.search(alice.connection.user, request);
        shown.push(...page.results.map(({ message }) => message.id));
        cursor = page.cursor;
        if (cursor === undefined) break;
        for (let more = 0; more < 3; more += 1) await send(pages + more, NOON_MS + 5000 + pages);
        const [one] = page.results;
        const other = ids.find((id) => !shown.includes(id) && !deleted.has(id));
        for (const messageId of [one?.message.id, other]) {
          if (messageId === undefined) continue;
          deleted.add(messageId);
          await store.log.commit([change({ kind: 'deletion', ...by, messageId })]);
        }
      }

      assert.equal(new Set(shown).size, shown.length, sort);
      const left = ids.filter((id) => !deleted.has(id));
      assert.deepEqual(
        left.filter((id) => !shown.includes(id)),
        [],
        sort,
      );
      assert.deepEqual(
        shown.filter((id) => !ids.includes(id)),
        [],
        sort,
      );
      await harness.chat.close();
    }
  });

  test('long messages are found to their end, and a page compares a bounded length of texts', async () => {
    const store = openSqliteInMemory();
    const read: number[] = [];
    const { search } = store;
    const watched: Store = {
      ...store,
      search: {
        ...search,
        readMessagesAt: async (positions) => {
          const messages = await search.readMessagesAt(positions);
          read.push(messages.reduce((sum, { content }) => sum + content.length, 0));
          return messages;
        },
      },
    };
    const harness = new ChatHarness({ store: watched });
    const alice = await harness.connect('alice');
    const { room: lobby } = await alice.join('lobby');
    const filler = 'word '.repeat(1800);
    for (let count = 0; count < 60; count += 1) {
      const content = `alpha ${filler} delta${count}`;
      const sent = { roomId: lobby.id, userId: alice.connection.user.id, content };
      await commitMessage(store.log, { ...sent, admittedAtMs: NOON_MS + count });
    }
    const find = async (q: string, cursor?: string) => {
      read.length = 0;
      const request = { q, limit: 50, cursor };
      return harness.chat.messageSearch.search(alice.connection.user, request);
    };
    assert.equal((await find('delta7')).results.length, 1);
    assert.equal((await find('alpha -delta7 delta8')).results.length, 1);
    assert.equal((await find('alpha -delta8 delta8')).results.length, 0);
    let count = 0;
    for (let cursor: string | undefined, pages = 0; pages < 9; pages += 1) {
      const page = await find('alpha', cursor);
      count += page.results.length;
      assert(Math.max(...read, 0) <= 20_000);
      assert(read.reduce((sum, length) => sum + length, 0) <= 300_000);
      cursor = page.cursor;
      if (cursor === undefined) break;
    }
    assert.equal(count, 60);
    await harness.chat.close();
  });

  test('from: finds users by the names that they show, and names the unknown', async () => {
    const store = openSqliteInMemory();
    const harness = new ChatHarness({ store });
    const alice = await harness.connect('alice');
    const { room: lobby } = await alice.join('lobby');
    const authors = [
      ['msilva', 'Maria Silva'],
      ['mcosta', 'Maria Costa'],
      ['maria', 'Eve Elliot'],
      ['jose', 'José  Müller'],
    ] as const;
    for (const [username, displayName] of authors) {
      const author = user(username, { displayName });
      await store.accounts.insertUser(author, 'hash');
      await store.rooms.addMember(lobby.id, author.id, NOON_MS);
      const sent = { roomId: lobby.id, userId: author.id, content: `hello by ${username}` };
      await commitMessage(store.log, sent);
    }
    const find = async (q: string, by: User = alice.connection.user) => {
      const { results, unknown } = await harness.chat.messageSearch.search(by, { q });
      const names = results.map(({ message }) => message.content.replace('hello by ', ''));
      return [names.toSorted().join(' '), unknown.join(' ')];
    };

    const expected = [
      ['from:"Maria Silva" hello', 'msilva', ''],
      ['from:"maria  costa"', 'mcosta', ''],
      ['from:@msilva', 'msilva', ''],
      ['from:maria', 'maria', ''],
      ['from:silva', 'msilva', ''],
      ['from:jose', 'jose', ''],
      ['from:MULLER', 'jose', ''],
      ['from:sil', '', 'from:sil'],
      ['from:nobody hello', '', 'from:nobody'],
      ['from:nobody from:silva', 'msilva', 'from:nobody'],
      ['in:nowhere in:lobby from:silva', 'msilva', 'in:nowhere'],
    ];
    for (const [q = '', ...found] of expected) assert.deepEqual(await find(q), found, q);
    // A guest does not learn of people in other rooms.
    const guest = user('guest', { role: 'guest' });
    await store.accounts.insertUser(guest, 'hash');
    assert.deepEqual(await find('from:silva', guest), ['', 'from:silva']);
    assert.deepEqual(await find('from:msilva', guest), ['', 'from:msilva']);
    await harness.chat.close();
  });

  test('a cursor tells nothing, and only the user for whom it was made can use it', async () => {
    const store = openSqliteInMemory();
    const harness = new ChatHarness({ store });
    const [alice, eve] = [await harness.connect('alice'), await harness.connect('eve')];
    const secret = room('secret', { visibility: 'private' });
    const { id: aliceId } = alice.connection.user;
    await store.rooms.createRoom(secret, [{ userId: aliceId, role: 'owner' }], NOON_MS);
    for (let count = 0; count < 3; count += 1) {
      await commitMessage(store.log, { roomId: secret.id, userId: aliceId, content: 'word' });
    }
    const find = (client: Client, sort: 'newest' | 'relevance', cursor?: string) =>
      harness.chat.messageSearch.search(client.connection.user, {
        ...{ q: 'word', sort, limit: 2, cursor },
      });
    for (const sort of ['newest', 'relevance'] as const) {
      const { cursor = '' } = await find(alice, sort);
      const plain = `${cursor} ${Buffer.from(cursor, 'base64url').toString('latin1')}`;
      assert(cursor !== '' && !plain.includes(secret.id));
      const forged = ['n.1.0.1', 'n.1.1'].map((begin) => `${begin}.${secret.id}`);
      const changed = `${cursor.slice(0, -1)}${cursor.endsWith('A') ? 'B' : 'A'}`;
      for (const foreign of [cursor, ...forged, changed]) {
        const rejected = { code: 'VALIDATION_ERROR', message: /'cursor'/ };
        await assert.rejects(find(eve, sort, foreign), rejected);
      }
      assert.equal((await find(alice, sort, cursor)).results.length, 1);
    }
    await harness.chat.close();
  });

  test('says when messages may be missing: of more rooms, or not yet in the index', async () => {
    const store = openSqliteInMemory();
    const { search } = store;
    let left: Unindexed = 'none';
    let roomCount = 1000;
    const steps: (boolean | undefined)[] = [];
    const watched: Store = {
      ...store,
      search: {
        ...search,
        indexMessages: async (_limit, _languages, newOnly) => {
          steps.push(newOnly);
          return left;
        },
        listSearchedRooms: async (_user, { limit }) =>
          Array.from({ length: Math.min(limit, roomCount) }, () => ({
            ...{ roomId: newRoomId(), lastMessageAtMs: NOON_MS },
          })),
      },
    };
    const harness = new ChatHarness({ store: watched });
    const { connection } = await harness.connect('alice');
    const find = async () => {
      const { isIncomplete, total } = await harness.chat.messageSearch.search(connection.user, {
        q: 'word',
      });
      return [isIncomplete, total];
    };

    assert.deepEqual(await find(), [false, 0]);
    left = 'older';
    assert.deepEqual(await find(), [true, undefined]);
    // A search indexes what was stored lately, a bounded number of messages, and nothing older.
    assert.deepEqual(steps, [true, true]);
    left = 'new';
    assert.deepEqual(await find(), [true, undefined]);
    assert(steps.length < 30);
    left = 'none';
    roomCount = 1001;
    assert.deepEqual(await find(), [true, undefined]);
    await harness.chat.close();
  });

  test('messages from before the index, or of an import, are added in steps', async () => {
    const store = openSqliteInMemory();
    const { search } = store;
    const steps: number[] = [];
    let left = 3;
    const counted = {
      ...search,
      indexMessages: async (limit: number) => {
        steps.push(limit);
        left -= 1;
        return left > 0 ? 'older' : 'none';
      },
    };
    const harness = new ChatHarness({ store: { ...store, search: counted } });
    await harness.chat.begin();
    await pass(harness, 5000);

    assert.equal(steps.length, 3);
    await pass(harness, 60_000);
    assert.equal(steps.length, 4);
    await harness.chat.close();
  });
});
