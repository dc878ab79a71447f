/**
 * Messages of an export in a temporary database: exports have them in an order of their own, and may
 * be larger than the memory.
 */
import { DatabaseSync } from 'node:sqlite';
import type { ExportedMessage } from './exported-history.ts';

const BATCH = 5000;

export class StagedMessages {
  /** Without a name: SQLite unlinks its file when it creates it, so that nothing of it outlives the process. */
  readonly #database = new DatabaseSync('');

  constructor() {
    this.#database.exec(`
      PRAGMA journal_mode = OFF;
      PRAGMA synchronous = OFF;
      CREATE TABLE messages (id INTEGER PRIMARY KEY, room TEXT, at INTEGER, json TEXT);
      CREATE TABLE participants (room TEXT, person TEXT, PRIMARY KEY (room, person)) WITHOUT ROWID;
    `);
  }

  /** Returns the number of messages. @param onFilled Called at times with the number so far. */
  async fill(
    messages: AsyncIterable<ExportedMessage>,
    onFilled?: (count: number) => unknown,
  ): Promise<number> {
    const database = this.#database;
    const insert = database.prepare('INSERT INTO messages (room, at, json) VALUES (?, ?, ?)');
    const add = database.prepare('INSERT OR IGNORE INTO participants VALUES (?, ?)');
    let total = 0;
    database.exec('BEGIN');
    for await (const message of messages) {
      const { roomKey, authorKey, atMs, reactions } = message;
      insert.run(roomKey, atMs, JSON.stringify(message));
      for (const key of new Set([authorKey, ...reactions.map(({ personKey }) => personKey)])) {
        add.run(roomKey, key);
      }
      total += 1;
      if (total % BATCH !== 0) continue;
      database.exec('COMMIT; BEGIN');
      await onFilled?.(total);
    }
    database.exec('COMMIT; CREATE INDEX in_order ON messages (room, at, id)');
    return total;
  }

  /** Authors of messages and reactions. */
  participantsOf(roomKey: string): string[] {
    const rows = this.#database
      .prepare('SELECT person FROM participants WHERE room = ?')
      .all(roomKey);
    return rows.map((row) => row['person'] as string);
  }

  /** Of all rooms. */
  participants(): string[] {
    const rows = this.#database.prepare('SELECT DISTINCT person FROM participants').all();
    return rows.map((row) => row['person'] as string);
  }

  /** Time of the first message; undefined for a room without any. */
  beginningOf(roomKey: string): number | undefined {
    const row = this.#database
      .prepare('SELECT min(at) AS at FROM messages WHERE room = ?')
      .get(roomKey);
    return (row?.['at'] ?? undefined) as number | undefined;
  }

  /** In the order of time. */
  *of(roomKey: string): Generator<ExportedMessage> {
    const rows = this.#database
      .prepare('SELECT json FROM messages WHERE room = ? ORDER BY at, id')
      .iterate(roomKey);
    // Written by `fill`.
    for (const row of rows) yield JSON.parse(row['json'] as string) as ExportedMessage;
  }

  close(): void {
    this.#database.close();
  }
}
