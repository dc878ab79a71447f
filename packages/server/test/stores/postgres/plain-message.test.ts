/**
 * A function of the database stores most messages. It must write what the other statements write,
 * and leave to them whatever is unusual.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RoomId } from '@parley/protocol';
import type { CommitResult } from '../../../src/model/commit-outcome.ts';
import type { LogCommand } from '../../../src/model/log-command.ts';
import type { Store } from '../../../src/ports/store.ts';
import { decideBatch } from '../../../src/stores/postgres/commit.ts';
import { Database } from '../../../src/stores/postgres/database.ts';
import { storePlainMessage } from '../../../src/stores/postgres/plain-message.ts';
import { openTestStore } from '../../support/postgres-store.ts';
import {
  blockUser,
  command,
  createDirectRoom,
  NOON_MS,
  newRoomId,
  newUserId,
  ownedBy,
  room,
  user,
  withLobby,
} from '../../support/records.ts';
import { postgresSkip, TestDatabases } from '../../support/test-database.ts';

const TABLES = ['messages', 'room_events', 'send_keys', 'read_receipts', 'read_steps', 'rooms'];

describe('a message alone in PostgreSQL', { skip: postgresSkip() }, () => {
  let databases: TestDatabases;
  before(async () => {
    databases = await TestDatabases.open();
  });
  after(() => databases.close());

  const open = (url: string): Database =>
    new Database({ url, durability: 'relaxed', connectionsMax: 1, statementTimeoutMs: 10_000 });

  test('is stored as by the statements for all commands', async () => {
    const template = await databases.create();
    const store = await openTestStore(template);
    const commands = await commandsIn(store);
    await store.close();

    const [byFunction, byStatements] = await Promise.all(
      [commitByFunction, commitByStatements].map(async (commit) => {
        const database = open(await databases.create(template));
        const outcomes: string[] = [];
        for (const each of commands) outcomes.push(describeOutcome(await commit(database, each)));
        const rows = await Promise.all(
          TABLES.map((name) => database.all(`SELECT t::text AS row FROM ${name} t ORDER BY 1`)),
        );
        await database.close();
        return { outcomes, rows };
      }),
    );

    assert.deepEqual(byFunction, byStatements);
  });

  test('is left to the other statements if anything is unusual, and changes nothing', async () => {
    const url = await databases.create();
    const store = await openTestStore(url);
    const { alice, bob, lobby } = await withLobby(store);
    const archived = room('archived', { kind: 'channel' });
    await store.rooms.createRoom(archived, ownedBy(alice), NOON_MS);
    await store.rooms.changeRoom(archived.id, { archivedAtMs: NOON_MS }, undefined);
    const announcements = room('announcements');
    await store.rooms.createRoom(announcements, ownedBy(alice), NOON_MS);
    await store.rooms.changeRoom(announcements.id, { posting: 'moderators' }, undefined);
    const direct = await createDirectRoom(store, [alice, bob]);
    await blockUser(store, bob.id, alice.id, NOON_MS);
    const first = command({ roomId: lobby.id, userId: alice.id, clientMessageId: 'sent' });
    await store.log.commit([first]);
    const database = open(url);
    const count = () => database.one('SELECT count(*) FROM messages');
    const before = await count();

    for (const over of [
      { roomId: newRoomId() },
      { userId: newUserId() },
      { roomId: archived.id },
      { roomId: announcements.id },
      { roomId: direct.id, userId: bob.id },
      { clientMessageId: 'sent' },
    ]) {
      const sent = command({ roomId: lobby.id, userId: alice.id, ...over });
      assert.equal(await storePlainMessage(database, sent), undefined, JSON.stringify(over));
    }

    assert.deepEqual(await count(), before);
    await database.close();
    await store.close();
  });
});

/** Messages in rooms of all kinds, and some that cannot be stored. */
async function commandsIn(store: Store): Promise<readonly LogCommand[]> {
  const { alice, bob, lobby } = await withLobby(store);
  const carol = user('carol');
  await store.accounts.insertUser(carol, 'hash of carol');
  const { id: direct } = await createDirectRoom(store, [alice, bob]);
  const { id: closed } = await createDirectRoom(store, [bob, carol]);
  await blockUser(store, carol.id, bob.id, NOON_MS);
  const inLobby = { roomId: lobby.id, userId: alice.id };
  const said = (roomId: RoomId, { id }: { readonly id: typeof alice.id }, atMs = NOON_MS) =>
    command({ roomId, userId: id, admittedAtMs: atMs });
  return [
    command({ ...inLobby, clientMessageId: 'a', admittedAtMs: NOON_MS + 9 }),
    // Its time is before that of the previous event.
    command({ ...inLobby, content: 'a \0 b \ud800', clientMessageId: '\0' }),
    command({ ...inLobby, clientMessageId: 'a' }),
    command({ ...inLobby, clientMessageId: 'a', content: 'another' }),
    command({
      ...inLobby,
      attachments: ['a file'],
    }),
    said(lobby.id, carol),
    said(newRoomId(), alice),
    said(direct, alice, NOON_MS + 1),
    said(direct, alice, NOON_MS + 2),
    said(direct, bob, NOON_MS + 3),
    said(direct, alice, NOON_MS + 4),
    said(closed, carol),
  ];
}

/** Without the epoch, which each copy of a database has its own of. */
function describeOutcome(outcome: CommitResult): string {
  return JSON.stringify(outcome, (key, value) => (key === 'epoch' ? undefined : value));
}

async function commitByFunction(database: Database, sent: LogCommand): Promise<CommitResult> {
  assert.equal(sent.kind, 'message');
  return (await storePlainMessage(database, sent)) ?? commitByStatements(database, sent);
}

async function commitByStatements(database: Database, sent: LogCommand): Promise<CommitResult> {
  const [outcome] = await database.commit((queries) => decideBatch(queries, [sent]));
  assert.ok(outcome !== undefined);
  return outcome;
}
