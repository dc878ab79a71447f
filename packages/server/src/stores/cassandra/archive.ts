/** All logs in Cassandra as rows of the SQL stores: read, or filled before they are served. */
import type { MessageId, RoomId, UserId } from '@parley/protocol';
import { LIMITS } from '@parley/protocol';
import type { Client, types } from 'cassandra-driver';
import type { ArchiveSource, Cell, LogArchive, LogRow } from '../../ports/archive.ts';
import type { LoggedKey, LoggedMessage } from '../../ports/message-log.ts';
import { type MessageRow, toMessage as sqlToMessage, toMessageRow } from '../sql/rows.ts';
import { parseCassandraUrl } from './address.ts';
import { connect, QUORUM } from './connection.ts';
import { indexStatements, pinStatements, positionSlice, toKey } from './indexes.ts';
import {
  type Buckets,
  bucketsOf,
  insertEvent,
  long,
  reactionKey,
  type Statement,
  toEvent,
  toMessage,
  WHERE_BUCKET,
  writeMessage,
} from './room-log.ts';
import { BUCKET_EVENTS, openSchema, readSchema } from './schema.ts';

/** Rows of a page of a scan. */
const FETCH_ROWS = 500;
/** Writes at once. */
const WRITES_MAX = 64;
/** Users of a reaction that are kept with its message. */
const REACTION_USERS_KEPT = 2 * LIMITS.reactionUsersListed;

/** A source that does not exist is an error: nothing is created for an export. */
export async function openCassandraArchive(
  url: string,
  use: 'source' | 'target',
): Promise<LogArchive> {
  const isTarget = use === 'target';
  const client = await connect(parseCassandraUrl(url), { mayCreate: isTarget });
  try {
    const schema = isTarget ? openSchema(client, BUCKET_EVENTS) : readSchema(client);
    const { id, bucketEvents } = await schema;
    const buckets = bucketsOf(bucketEvents);
    return {
      id,
      async isEmpty() {
        return (await client.execute('SELECT room_id FROM room_log LIMIT 1')).rowLength === 0;
      },
      readRows: (headOf) => readRows(client, headOf),
      fill: (source) => new Filling(client, buckets).fill(source),
      close: () => client.shutdown(),
    };
  } catch (error) {
    await client.shutdown();
    throw error;
  }
}

async function* readRows(
  client: Client,
  headOf: ReadonlyMap<string, number>,
): AsyncGenerator<LogRow> {
  const isWanted = (roomId: string, sequence: number): boolean =>
    sequence <= (headOf.get(roomId) ?? 0);
  // Ids of the messages of one partition, in which messages come before reactions.
  let partition = '';
  let ids = new Map<number, MessageId>();
  const scan = 'SELECT room_id, bucket, row_kind, sequence, key, body FROM room_log';
  for await (const row of pagesOf(client, scan)) {
    const roomId: RoomId = row['room_id'];
    const body: string = row['body'];
    const sequence = Number(row['sequence']);
    if (partition !== `${roomId} ${row['bucket']}`) {
      partition = `${roomId} ${row['bucket']}`;
      ids = new Map();
    }
    const kind = row['row_kind'];
    if (kind === 'event' && isWanted(roomId, sequence)) {
      yield { table: 'room_events', cells: eventCells(roomId, body) };
    } else if (kind === 'message' && isWanted(roomId, sequence)) {
      const message = toMessage(roomId, body);
      ids.set(sequence, message.id);
      yield { table: 'messages', cells: { ...toMessageRow(message) } };
    } else if (kind === 'reaction') {
      const [emoji = '', userId = ''] = String(row['key']).split('\0');
      const messageId = ids.get(sequence);
      if (messageId === undefined || !isWanted(roomId, Number(body))) continue;
      const cells = { message_id: messageId, emoji, user_id: userId, sequence: Number(body) };
      yield { table: 'reactions', cells };
    }
  }
  for await (const row of pagesOf(client, 'SELECT room_id, name, body FROM send_keys')) {
    const key = toKey(row);
    const roomId: RoomId = row['room_id'];
    // Keys of ended memberships are internal.
    if (key.name.startsWith('loss ') || !isWanted(roomId, key.sequence)) continue;
    yield { table: 'send_keys', cells: keyCells(roomId, key) };
  }
}

async function* pagesOf(client: Client, query: string): AsyncGenerator<types.Row> {
  const options = { ...QUORUM, fetchSize: FETCH_ROWS };
  for await (const row of await client.execute(query, [], options)) {
    // Rows with static columns only have no kind.
    if (row['body'] !== null) yield row;
  }
}

function eventCells(roomId: RoomId, body: string): Record<string, Cell> {
  const event = toEvent(roomId, body);
  return {
    room_id: roomId,
    sequence: event.sequence,
    kind: event.kind,
    actor_id: event.actorId,
    target_id: event.targetId,
    ordinal: event.ordinal,
    created_at: event.createdAtMs,
    detail: event.detail ?? null,
  };
}

function keyCells(roomId: RoomId, key: LoggedKey): Record<string, Cell> {
  const end = key.name.indexOf(' ');
  return {
    room_id: roomId,
    sender_id: key.name.slice(0, end),
    client_message_id: key.name.slice(end + 1),
    fingerprint: key.fingerprint,
    event_id: key.messageId,
    sequence: key.sequence,
    created_at: key.createdAtMs,
  };
}

type Cells = Readonly<Record<string, Cell | undefined>>;

/** Writes rows unconditionally: nothing is served yet. */
class Filling {
  readonly #client: Client;
  readonly #buckets: Buckets;
  #waiting: Promise<unknown>[] = [];

  constructor(client: Client, buckets: Buckets) {
    this.#client = client;
    this.#buckets = buckets;
  }

  async fill(source: Pick<ArchiveSource, 'tables' | 'readRows'>): Promise<void> {
    for await (const cells of rowsOf(source, 'messages')) await this.#writeMessage(cells);
    await this.#drain();
    await this.#writeReactions(source);
    for await (const cells of rowsOf(source, 'room_events')) await this.#writeEvent(cells);
    for await (const cells of rowsOf(source, 'send_keys')) await this.#writeKey(cells);
    for await (const cells of rowsOf(source, 'rooms')) await this.#writeHeads(cells);
    await this.#drain();
  }

  async #writeMessage(cells: Cells): Promise<void> {
    const message = toLoggedMessage(cells);
    const { roomId, sequence } = message;
    await this.#write([
      ...writeMessage({ roomId, bucket: this.#buckets.of(sequence) }, foldOf(message)),
      ...indexStatements(roomId, {
        ...{ kind: 'message', sequence, targetId: message.id },
        parentId: message.reply?.parentId,
      }),
      ...(message.isPinned
        ? pinStatements(roomId, { kind: 'pin', sequence, messageSequence: sequence })
        : []),
    ]);
  }

  /** The rows are sorted by message: its reactions are collected and written with it. */
  async #writeReactions(source: Pick<ArchiveSource, 'tables' | 'readRows'>): Promise<void> {
    let messageId = '';
    let users: { emoji: string; userId: UserId; sequence: number }[] = [];
    for await (const row of rowsOf(source, 'reactions')) {
      if (row['message_id'] !== messageId) {
        await this.#writeReactionsOf(messageId, users);
        messageId = String(row['message_id']);
        users = [];
      }
      const [emoji, userId] = [String(row['emoji']), String(row['user_id']) as UserId];
      users.push({ emoji, userId, sequence: Number(row['sequence']) });
    }
    await this.#writeReactionsOf(messageId, users);
    await this.#drain();
  }

  async #writeReactionsOf(
    messageId: string,
    users: readonly { emoji: string; userId: UserId; sequence: number }[],
  ): Promise<void> {
    const position = users.length === 0 ? undefined : await this.#positionOf(messageId);
    if (position === undefined) return;
    const { roomId, sequence } = position;
    const bucket = this.#buckets.of(sequence);
    const { rows } = await this.#client.execute(
      `SELECT body FROM room_log ${WHERE_BUCKET} AND row_kind = 'message' AND sequence = ? AND key = ''`,
      [roomId, bucket, long(sequence)],
      QUORUM,
    );
    const message = toMessage(roomId, rows[0]?.['body']);
    const reactions = [...Map.groupBy(users, ({ emoji }) => emoji)]
      .map(([emoji, all]) => {
        const ordered = all.toSorted((one, other) => one.sequence - other.sequence);
        const userIds = ordered.slice(0, REACTION_USERS_KEPT).map(({ userId }) => userId);
        return { emoji, userIds, count: all.length };
      })
      .sort((one, other) => (one.emoji < other.emoji ? -1 : 1));
    await this.#write([
      ...writeMessage({ roomId, bucket }, foldOf({ ...message, reactions })),
      ...users.map(({ emoji, userId, sequence: at }) => ({
        query:
          "INSERT INTO room_log (room_id, bucket, row_kind, sequence, key, body) VALUES (?, ?, 'reaction', ?, ?, ?)",
        params: [roomId, bucket, long(sequence), reactionKey(emoji, userId), String(at)],
      })),
    ]);
  }

  async #writeEvent(cells: Cells): Promise<void> {
    // The columns have the types that `eventCells` gives them.
    const roomId = String(cells['room_id']) as RoomId;
    const sequence = Number(cells['sequence']);
    const kind = cells['kind'] as Parameters<typeof insertEvent>[1]['kind'];
    const targetId = String(cells['target_id']);
    const isOfMessage = kind !== 'access-lost';
    const target = isOfMessage ? await this.#positionOf(targetId) : undefined;
    const event = {
      ...{ roomId, sequence, kind, targetId },
      actorId: String(cells['actor_id']) as UserId,
      ordinal: Number(cells['ordinal']),
      createdAtMs: Number(cells['created_at']),
      detail: cells['detail'] === null ? undefined : String(cells['detail']),
      // A message that retention has deleted has no position; any old one says the same.
      messageSequence: isOfMessage ? (target?.sequence ?? 0) : undefined,
      mentioned: undefined,
    };
    const partition = { roomId, bucket: this.#buckets.of(sequence) };
    await this.#write([insertEvent(partition, event, 'import')]);
  }

  async #writeKey(cells: Cells): Promise<void> {
    const roomId = String(cells['room_id']) as RoomId;
    if (cells['client_message_id'] === '') return;
    const sendKey = {
      name: `${cells['sender_id']} ${cells['client_message_id']}`,
      fingerprint: String(cells['fingerprint']),
      messageId: String(cells['event_id']) as MessageId,
      sequence: Number(cells['sequence']),
      createdAtMs: Number(cells['created_at']),
    };
    const { sequence } = sendKey;
    await this.#write([
      ...indexStatements(roomId, { kind: 'edit', sequence, targetId: '', sendKey }),
    ]);
  }

  async #writeHeads(cells: Cells): Promise<void> {
    const head = Number(cells['head_sequence']);
    if (head === 0) return;
    const last = this.#buckets.of(head);
    const ordinal = long(Number(cells['head_ordinal']));
    const lastEventAt = long(Number(cells['last_event_at']));
    const first = Math.min(last, this.#buckets.of(Number(cells['first_sequence'])));
    for (let bucket = first; bucket <= last; bucket += 1) {
      const end = long(Math.min(head, this.#buckets.endOf(bucket)));
      await this.#write([
        {
          query: `UPDATE room_log SET head = ?, ordinal = ?, last_event_at = ?, copied = ? ${WHERE_BUCKET}`,
          params: [end, ordinal, lastEventAt, end, cells['id'], bucket],
        },
      ]);
    }
  }

  async #positionOf(messageId: string) {
    const { rows } = await this.#client.execute(
      'SELECT room_id, sequence FROM message_positions WHERE slice = ? AND message_id = ?',
      [positionSlice(messageId), messageId],
      QUORUM,
    );
    const row = rows[0];
    return row && { roomId: row['room_id'] as RoomId, sequence: Number(row['sequence']) };
  }

  async #write(statements: readonly Statement[]): Promise<void> {
    for (const { query, params } of statements) {
      this.#waiting.push(this.#client.execute(query, params, QUORUM));
      if (this.#waiting.length >= WRITES_MAX) await this.#drain();
    }
  }

  async #drain(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    await Promise.all(waiting);
  }
}

async function* rowsOf(
  { tables, readRows: read }: Pick<ArchiveSource, 'tables' | 'readRows'>,
  name: string,
): AsyncGenerator<Cells> {
  const table = tables.find((each) => each.name === name);
  if (table === undefined) return;
  for await (const row of read(table)) {
    yield Object.fromEntries(table.columns.map((column, index) => [column, row[index]]));
  }
}

function toLoggedMessage(cells: Cells): LoggedMessage {
  // Written as `toMessageRow` does it.
  const row = { ...cells, sender: '' } as unknown as MessageRow;
  const { sender: _, ...logged } = sqlToMessage(row, []);
  return logged;
}

/** Later changes have higher sequences than the message. */
function foldOf(message: LoggedMessage) {
  return { message, reactions: [], sequence: message.sequence };
}
