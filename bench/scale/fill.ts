/**
 * A store of a given size, written as rows: people, rooms of all kinds, a room and a workspace with
 * many members, and a message with many reactions. The rooms of the acting user have the same size at
 * every scale, so that the answers are equally large.
 */
import { randomUUIDv7 } from 'node:crypto';
import { DEFAULT_WORKSPACE_ID } from '../../packages/server/src/model/workspace.ts';
import type { ArchiveTarget, Cell } from '../../packages/server/src/ports/archive.ts';
import { systemCrypto } from '../../packages/server/src/system/crypto.ts';

export interface Size {
  readonly people: number;
  readonly rooms: number;
  /** Members of the crowd, and of the workspace. */
  readonly members: number;
  /** Reactions on one message of the crowd. */
  readonly reactions: number;
  readonly auditEntries: number;
}

export interface Filled {
  readonly token: string;
  /** Of an owner of the server. */
  readonly ownerToken: string;
  readonly names: readonly string[];
  readonly ids: readonly string[];
  readonly crowdId: string;
  /** The latest message of the crowd, which has the reactions. */
  readonly popularId: string;
  readonly workspaceId: string;
  readonly channelId: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Rows of one transaction. */
const BATCH = 10_000;
/** Direct rooms and public rooms of the actor. */
const OWN_DIRECT = 60;
const OWN_PUBLIC = 40;
const MESSAGES = 300;
/** Of so many rooms, this is a public one, one is a channel, and the others are direct rooms. */
const PUBLIC_EVERY = 3;
const CHANNEL_EVERY = 10;
/** The second of the people. */
const OWNER = 1;

const COLUMNS = {
  users: 'id username username_key display_name role password_hash created_at',
  sessions: 'id_digest user_id created_at last_activity_at expires_at address user_agent',
  workspaces: 'id name created_at',
  workspace_members: 'workspace_id user_id role created_at',
  rooms:
    'id workspace_id kind name name_key visibility created_at created_by log_id head_sequence head_ordinal last_event_at',
  memberships: 'room_id user_id role created_at',
  read_receipts: 'user_id room_id last_read_at last_read_sequence last_read_ordinal',
  messages: 'id room_id user_id content created_at sequence_number',
  room_events: 'room_id sequence kind actor_id target_id ordinal created_at detail',
  reactions: 'message_id emoji user_id sequence',
  blocks: 'user_id blocked_id created_at',
  audit_entries: 'id created_at actor action target address detail digest',
} as const;
type TableName = keyof typeof COLUMNS;

class Rows {
  readonly #target: ArchiveTarget;
  readonly #waiting = new Map<TableName, Cell[][]>();
  #count = 0;

  constructor(target: ArchiveTarget) {
    this.#target = target;
  }

  async add(table: TableName, ...cells: Cell[]): Promise<void> {
    const rows = this.#waiting.get(table) ?? [];
    this.#waiting.set(table, rows);
    rows.push(cells);
    this.#count += 1;
    if (this.#count >= BATCH) await this.flush();
  }

  /** Tables in the order of their references. */
  async flush(): Promise<void> {
    for (const table of Object.keys(COLUMNS) as TableName[]) {
      const rows = this.#waiting.get(table);
      if (rows === undefined) continue;
      const shape = { name: table, key: [], columns: COLUMNS[table].split(' ') };
      await this.#target.writeRows(shape, rows, { archiveId: 'bench', rows: 0 });
    }
    this.#waiting.clear();
    this.#count = 0;
  }
}

export async function fillStore(target: ArchiveTarget, size: Size): Promise<Filled> {
  const rows = new Rows(target);
  const nowMs = Date.now();
  const [token, ownerToken] = [systemCrypto.newToken(), systemCrypto.newToken()];
  const names = Array.from({ length: size.people }, (_, index) => `person-${index}`);
  const ids = names.map(() => randomUUIDv7());
  const at = (index: number): string => ids[index % ids.length] ?? '';
  for (const [index, id] of ids.entries()) {
    const name = names[index] ?? '';
    const role = index === OWNER ? 'owner' : 'member';
    await rows.add('users', id, name, name, name, role, 'no password', nowMs);
    const key = systemCrypto.digest([token, ownerToken][index] ?? `${index}`);
    await rows.add('sessions', key, id, nowMs, nowMs, nowMs + DAY_MS, '127.0.0.1', 'bench');
  }
  await rows.flush();
  for (let index = 2; index < ids.length; index += 1) {
    await rows.add('blocks', at(index), at(index * 7 + 2), nowMs);
  }

  const addRoom = async (
    kind: string,
    key: string,
    people: readonly string[],
    more: { readonly workspaceId?: string; readonly head?: number } = {},
  ): Promise<string> => {
    const id = randomUUIDv7();
    const { workspaceId = DEFAULT_WORKSPACE_ID, head = 1 } = more;
    const visibility = kind === 'room' ? 'public' : 'private';
    const name = kind === 'direct' ? '' : key;
    const ends = [head, head, nowMs];
    const owner = people[0] ?? '';
    await rows.add(
      'rooms',
      ...[id, workspaceId, kind, name, key, visibility, nowMs, owner, 'log', ...ends],
    );
    for (const [index, userId] of people.entries()) {
      await rows.add('memberships', id, userId, index === 0 ? 'owner' : 'member', nowMs + index);
      await rows.add(
        'read_receipts',
        userId,
        id,
        nowMs,
        head - (index % head),
        head - (index % head),
      );
    }
    return id;
  };
  const addMessages = async (roomId: string, count: number): Promise<string> => {
    let id = '';
    for (let sequence = 1; sequence <= count; sequence += 1) {
      id = randomUUIDv7();
      const author = at(sequence);
      await rows.add(
        'messages',
        id,
        roomId,
        author,
        `Message ${sequence} as in a chat`,
        nowMs,
        sequence,
      );
      await rows.add('room_events', roomId, sequence, 'message', author, id, sequence, nowMs, null);
    }
    return id;
  };
  const direct = (one: number, other: number) => {
    const pair = [at(one), at(other)];
    return addRoom('direct', `direct:${pair.toSorted().join(':')}`, pair);
  };

  const members = ids.slice(0, size.members);
  const crowdId = await addRoom('room', 'crowd', members, { head: MESSAGES });
  const popularId = await addMessages(crowdId, MESSAGES);
  for (let index = 0; index < size.reactions; index += 1) {
    // Each is an event of its own: the first users are those with the lowest sequences.
    await rows.add('reactions', popularId, '👍', at(index), MESSAGES + 1 + index);
  }
  const workspaceId = randomUUIDv7();
  await rows.add('workspaces', workspaceId, 'crowded', nowMs);
  for (const [index, id] of members.entries()) {
    await rows.add('workspace_members', workspaceId, id, index === 0 ? 'owner' : 'member', nowMs);
  }
  const inside = { workspaceId, head: MESSAGES };
  const channelId = await addRoom('channel', 'general', members, inside);
  await addMessages(channelId, MESSAGES);
  for (let index = 1; index <= OWN_DIRECT; index += 1) await direct(0, index);
  for (let index = 0; index < OWN_PUBLIC; index += 1) {
    await addRoom('room', `own-${index}`, [at(0), at(index + 1)]);
  }
  for (let index = 0; index < size.rooms; index += 1) {
    const one = 1 + (index % (ids.length - 2));
    if (index % CHANNEL_EVERY === 0) {
      await addRoom('channel', `channel-${index}`, [at(one)], { workspaceId });
    } else if (index % PUBLIC_EVERY === 0) {
      await addRoom('room', `room-${index}`, [at(one)]);
    } else {
      // Different pairs, none of them with the actor.
      const other = 1 + ((one + Math.floor(index / (ids.length - 2)) + 1) % (ids.length - 2));
      await addRoom('direct', `direct:${index}:${at(one)}:${at(other)}`, [at(one), at(other)]);
    }
  }
  for (let id = 1; id <= size.auditEntries; id += 1) {
    // Not a chain: it is read in pages, and grows at its end.
    const act = [at(id), id % 9 === 0 ? 'room.update' : 'login.accept', at(id * 7)];
    await rows.add(
      'audit_entries',
      id,
      nowMs - size.auditEntries + id,
      ...act,
      '192.0.2.1',
      '',
      '',
    );
  }
  await rows.flush();
  await target.finish();
  return { token, ownerToken, names, ids, crowdId, popularId, workspaceId, channelId };
}
