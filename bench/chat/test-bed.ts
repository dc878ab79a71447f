/**
 * A Parley server as an operator runs it, on a store that was filled before; used by the chat
 * benchmarks. Accounts and sessions are written directly to the store, because hashing a thousand
 * passwords is not part of the measurement.
 */
import { randomUUIDv7 } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RoomId, UserId } from '@parley/protocol';
import { openTarget } from '../../packages/server/src/cli/store-admin.ts';
import type { Room } from '../../packages/server/src/model/room.ts';
import { DEFAULT_WORKSPACE_ID } from '../../packages/server/src/model/workspace.ts';
import type { ArchiveTarget } from '../../packages/server/src/ports/archive.ts';
import type { Store } from '../../packages/server/src/ports/store.ts';
import { openPostgresStore } from '../../packages/server/src/stores/postgres/store.ts';
import { openSqliteStore } from '../../packages/server/src/stores/sqlite/store.ts';
import { systemCrypto } from '../../packages/server/src/system/crypto.ts';
import { PostgresServer } from '../../packages/server/test/support/postgres-server.ts';
import { type ParleyOptions, ParleyProcess } from '../../tests/support/parley-process.ts';
import { BenchRedis } from '../cluster/bench-redis.ts';

export type StoreKind = 'sqlite' | 'postgres';

export interface Person {
  readonly userId: UserId;
  readonly username: string;
  readonly token: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const CONNECTIONS_MAX = 8;
const STATEMENT_MS_MAX = 60_000;
/** Further users would wait too long for a connection to the database. */
const USERS_AT_ONCE = 100;

export class TestBed {
  readonly #directory = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  readonly #postgres: PostgresServer | undefined;
  readonly #cassandraUrl: string | undefined;
  readonly #servers: ParleyProcess[] = [];
  #redis: BenchRedis | undefined;

  /**
   * As durable as in production: PostgreSQL and SQLite both flush.
   *
   * @param cassandraUrl An empty keyspace for the messages.
   */
  static async open(kind: StoreKind, cassandraUrl?: string): Promise<TestBed> {
    const postgres = kind === 'postgres' ? await PostgresServer.start() : undefined;
    return new TestBed(postgres, cassandraUrl);
  }

  private constructor(postgres: PostgresServer | undefined, cassandraUrl: string | undefined) {
    this.#postgres = postgres;
    this.#cassandraUrl = cassandraUrl;
  }

  /**
   * Lets `fill` write to the store, which no other process has open; to the database alone if the
   * messages are in Cassandra.
   */
  async fill<T>(fill: (store: Store) => Promise<T>): Promise<T> {
    const store = await this.#openStore();
    try {
      return await fill(store);
    } finally {
      await store.close();
    }
  }

  /** Like `fill`, but row by row like an import. */
  async fillRows<T>(fill: (target: ArchiveTarget) => Promise<T>): Promise<T> {
    const target = await openTarget({
      DATABASE_URL: this.#postgres?.url ?? 'sqlite:',
      DATA_DIR: this.#directory,
      ...(this.#cassandraUrl !== undefined && { CASSANDRA_URL: this.#cassandraUrl }),
    });
    try {
      return await fill(target);
    } finally {
      await target.close();
    }
  }

  /**
   * Starts a server, without limits on the number of messages; resolves to its address. A further
   * server has a data directory of its own.
   */
  async serve(
    settings: Readonly<Record<string, string>> = {},
    options: ParleyOptions = {},
  ): Promise<string> {
    const isFirst = this.#servers.length === 0;
    const server = await ParleyProcess.start(
      {
        PORT: '0',
        DATA_DIR: isFirst ? this.#directory : mkdtempSync(join(this.#directory, 'node-')),
        MESSAGE_RATE_MAX: '0',
        ...settings,
        ...(this.#postgres !== undefined && { DATABASE_URL: this.#postgres.url }),
        ...(this.#cassandraUrl !== undefined && { CASSANDRA_URL: this.#cassandraUrl }),
      },
      options,
    );
    this.#servers.push(server);
    return server.url;
  }

  /** Starts nodes with a Redis between them; resolves to their addresses. */
  async serveNodes(count: number): Promise<string[]> {
    this.#redis = await BenchRedis.start();
    const urls: string[] = [];
    for (let node = 0; node < count; node += 1) {
      urls.push(
        await this.serve({
          REDIS_URL: this.#redis.url,
          SESSION_SECRET: 'the secret of the cookies',
          JWT_SECRET: 'the secret of the tokens of this cluster',
        }),
      );
    }
    return urls;
  }

  /** Process id of the first server. */
  get pid(): number {
    const [server] = this.#servers;
    if (server === undefined) throw new Error('The server was not started');
    return server.pid;
  }

  get servers(): readonly ParleyProcess[] {
    return this.#servers;
  }

  /** URL of the private PostgreSQL. */
  get databaseUrl(): string {
    if (this.#postgres === undefined) throw new Error('The store is SQLite');
    return this.#postgres.url;
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.kill()));
    await Promise.all([this.#postgres?.remove(), this.#redis?.remove()]);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #openStore(): Promise<Store> {
    if (this.#postgres === undefined) {
      const onFailure = (error: unknown): never => {
        throw error;
      };
      return openSqliteStore({
        directory: this.#directory,
        durability: 'full',
        timeoutMs: 5000,
        onFailure,
      });
    }
    return openPostgresStore({
      url: this.#postgres.url,
      durability: 'full',
      connectionsMax: CONNECTIONS_MAX,
      statementTimeoutMs: STATEMENT_MS_MAX,
    });
  }
}

/** Creates users with one session each. */
export async function addPeople(store: Store, count: number): Promise<Person[]> {
  const people: Person[] = [];
  while (people.length < count) {
    const length = Math.min(USERS_AT_ONCE, count - people.length);
    const indexes = Array.from({ length }, (_, index) => people.length + index);
    people.push(...(await Promise.all(indexes.map((index) => addPerson(store, index)))));
  }
  return people;
}

async function addPerson(store: Store, index: number): Promise<Person> {
  const nowMs = Date.now();
  const username = `person-${index}`;
  // Generated here: the cast is safe.
  const userId = randomUUIDv7() as UserId;
  const token = systemCrypto.newToken();
  await store.accounts.insertUser(
    { id: userId, username, displayName: username, role: 'member', createdAtMs: nowMs },
    'no password',
  );
  await store.sessions.insertSession(
    {
      key: systemCrypto.digest(token),
      userId,
      createdAtMs: nowMs,
      lastActivityAtMs: nowMs,
      expiresAtMs: nowMs + DAY_MS,
      address: '127.0.0.1',
      userAgent: 'bench',
    },
    'no password',
  );
  return { userId, username, token };
}

/** Creates a room with these members; the first is its owner. */
export async function addRoom(
  store: Store,
  name: string,
  members: readonly Person[],
): Promise<RoomId> {
  const nowMs = Date.now();
  const room: Room = {
    id: randomUUIDv7() as RoomId,
    workspaceId: DEFAULT_WORKSPACE_ID,
    kind: 'room',
    name,
    nameKey: name,
    visibility: 'public',
    createdAtMs: nowMs,
  };
  const roles = members.map(({ userId }, index) => ({
    userId,
    role: index === 0 ? ('owner' as const) : ('member' as const),
  }));
  await store.rooms.createRoom(room, roles, nowMs);
  return room.id;
}

/** A user's session, and a room of the user. */
export interface Member {
  readonly token: string;
  readonly roomId: string;
}

/** Creates rooms with the same number of members each, and returns the members room by room. */
export async function addMembers(
  store: Store,
  memberCount: number,
  roomCount: number,
): Promise<Member[]> {
  const people = await addPeople(store, memberCount);
  const perRoom = memberCount / roomCount;
  const members: Member[] = [];
  for (let room = 0; room < roomCount; room += 1) {
    const some = people.slice(room * perRoom, (room + 1) * perRoom);
    const roomId = await addRoom(store, `room-${room}`, some);
    members.push(...some.map(({ token }) => ({ token, roomId })));
  }
  return members;
}
