/**
 * Fills a room as an import does: messages, a tenth of them edited and a tenth with a reaction, and
 * the log of all these events. It writes rows, because a million commands one after the other take
 * too long on PostgreSQL.
 */
import { randomUUIDv7 } from 'node:crypto';
import { DEFAULT_WORKSPACE_ID } from '../../packages/server/src/model/workspace.ts';
import type { ArchiveTarget, Cell } from '../../packages/server/src/ports/archive.ts';
import type { Person } from '../chat/test-bed.ts';

/** One message in this number is edited, and the next message gets a reaction. */
const CHANGED_EVERY = 10;
/** Messages per write. */
const BATCH = 5_000;

const COLUMNS = {
  rooms: `id workspace_id kind name name_key visibility created_at created_by log_id head_sequence head_ordinal last_event_at`,
  memberships: 'room_id user_id role created_at',
  read_receipts: 'user_id room_id last_read_at last_read_sequence last_read_ordinal',
  messages: 'id room_id user_id content created_at sequence_number edited_at',
  room_events: 'room_id sequence kind actor_id target_id ordinal created_at detail',
  reactions: 'message_id emoji user_id sequence',
} as const;
type TableName = keyof typeof COLUMNS;

export interface LongRoom {
  readonly roomId: string;
  readonly headSequence: number;
}

/** Fills a store that contains these users, who are all members. */
export async function fillLongRoom(
  target: ArchiveTarget,
  people: readonly Person[],
  messageCount: number,
): Promise<LongRoom> {
  const roomId = randomUUIDv7();
  const nowMs = Date.now();
  const edits = Math.ceil(messageCount / CHANGED_EVERY);
  const reactions = Math.ceil((messageCount - 1) / CHANGED_EVERY);
  const headSequence = messageCount + edits + reactions;
  const write = writerTo(target);
  const owner = people[0]?.userId ?? '';
  const ends = [headSequence, messageCount, nowMs];
  await write('rooms', [
    [roomId, DEFAULT_WORKSPACE_ID, 'room', 'long', 'long', 'public', nowMs, owner, 'log', ...ends],
  ]);
  await write(
    'memberships',
    people.map(({ userId }) => [roomId, userId, 'member', nowMs]),
  );
  await write(
    'read_receipts',
    people.map(({ userId }) => [userId, roomId, nowMs, headSequence, messageCount]),
  );
  const log = new Log(roomId, people, nowMs);
  for (let index = 0; index < messageCount; index += 1) {
    log.add(index);
    if ((index + 1) % BATCH !== 0 && index + 1 < messageCount) continue;
    const rows = log.take();
    await write('messages', rows.messages);
    await write('room_events', rows.events);
    await write('reactions', rows.reactions);
  }
  await target.finish();
  return { roomId, headSequence };
}

export function writerTo(target: ArchiveTarget) {
  return (name: TableName, rows: readonly (readonly Cell[])[]): Promise<unknown> => {
    const table = { name, key: [], columns: COLUMNS[name].split(' ') };
    return target.writeRows(table, rows, { archiveId: 'bench', rows: 0 });
  };
}

interface Rows {
  readonly messages: Cell[][];
  readonly events: Cell[][];
  readonly reactions: Cell[][];
}

/** Collects rows in the order of the log. */
class Log {
  readonly #roomId: string;
  readonly #people: readonly Person[];
  readonly #nowMs: number;
  #rows: Rows = { messages: [], events: [], reactions: [] };
  #sequence = 0;
  #ordinal = 0;

  constructor(roomId: string, people: readonly Person[], nowMs: number) {
    this.#roomId = roomId;
    this.#people = people;
    this.#nowMs = nowMs;
  }

  take(): Rows {
    const rows = this.#rows;
    this.#rows = { messages: [], events: [], reactions: [] };
    return rows;
  }

  add(index: number): void {
    const id = randomUUIDv7();
    const author = this.#idOf(index);
    const reader = this.#idOf(index + 1);
    const isEdited = index % CHANGED_EVERY === 0;
    const text = `Message ${index}: as long as people write them in a chat, all day long.`;
    this.#ordinal += 1;
    this.#log('message', author, id);
    this.#rows.messages.push([
      id,
      this.#roomId,
      author,
      isEdited ? `${text} Edited.` : text,
      this.#nowMs,
      this.#sequence,
      isEdited ? this.#nowMs : null,
    ]);
    if (isEdited) this.#log('edit', author, id);
    if (index % CHANGED_EVERY === 1) {
      this.#log('reaction-added', reader, id, '👍');
      this.#rows.reactions.push([id, '👍', reader, this.#sequence]);
    }
  }

  #log(kind: string, actor: string, target: string, detail: string | null = null): void {
    this.#sequence += 1;
    const [sequence, ordinal] = [this.#sequence, this.#ordinal];
    const row = [this.#roomId, sequence, kind, actor, target, ordinal, this.#nowMs, detail];
    this.#rows.events.push(row);
  }

  #idOf(index: number): string {
    return this.#people[index % this.#people.length]?.userId ?? '';
  }
}
