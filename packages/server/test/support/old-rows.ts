/**
 * Rows that a Parley of an older schema has stored, for the tables and columns of its schema. They
 * are written out here and not created by the current code, which may write differently.
 */
import { hash } from 'node:crypto';
import type { Attachment, MessageId, RoomId, UserId, WorkspaceId } from '@parley/protocol';
import { DEFAULT_WORKSPACE_ID } from '../../src/model/workspace.ts';
import { NOON_MS, user } from './records.ts';

/** The columns of each table. */
export type Schema = ReadonlyMap<string, readonly string[]>;

/** Features of the Parley of a schema. */
export interface Abilities {
  /** Edits, deletions, reactions, pins, replies, mentions, bans, direct rooms and groups. */
  readonly changes: boolean;
  /** Workspaces with members and channels; retention was added with them. */
  readonly workspaces: boolean;
  readonly attachments: boolean;
}

export function abilitiesOf(schema: Schema): Abilities {
  return {
    changes: schema.has('reactions'),
    workspaces: schema.has('workspace_members'),
    attachments: schema.get('messages')?.includes('attachments') === true,
  };
}

/** The store's part of every epoch. */
export const GENERATION = 'aaaaaaaaaaaa';
/** The room's part of its epoch. */
export const LOG_ID = 'bbbbbbbbbbbb';
/** Time of the event of this sequence. */
export const atMs = (sequence: number): number => NOON_MS - 3_600_000 + sequence * 1000;

// Valid ids that differ from all generated ones.
const idOf = (number: number) => `01990000-0000-7000-8000-${String(number).padStart(12, '0')}`;
const person = (number: number, name: string) =>
  user(name, { id: idOf(number) as UserId, createdAtMs: atMs(0) });

export const ALICE = person(1, 'alice');
export const BOB = person(2, 'bob');
export const CAROL = person(3, 'carol');
/** Banned from the lobby, if bans exist. */
export const DAVE = person(4, 'dave');

export const LOBBY = idOf(11) as RoomId;
/** Between alice and bob. */
export const DIRECT = idOf(12) as RoomId;
/** Archived, with alice and bob. */
export const MATHS = idOf(13) as RoomId;
/** Alice's room, from which retention has deleted the first message. */
export const DIARY = idOf(14) as RoomId;
export const SCHOOL = idOf(21) as WorkspaceId;

/** Id of the message of this sequence in the lobby. */
export const messageId = (sequence: number) => idOf(100 + sequence) as MessageId;

export const ODD_TEXT = `Grüße, 👋\n\t"it's" \\ \\' \u0001\u007f\u2028 $1 ? %s`;
export const ATTACHMENTS: readonly Attachment[] = ['/uploads/1', { size: 1.5, name: "b's" }];
/** Key of alice's session. */
export const TOKEN = 'token of alice';

/** Returns the statements that fill a database of this schema. */
export function oldRows(schema: Schema): string {
  const can = abilitiesOf(schema);
  const tables = [
    ...people(),
    ...lobby(can),
    ...(can.changes ? conversation() : []),
    ...(can.workspaces ? [...school(), ...diary()] : []),
  ];
  return tables.map(([table, row]) => insert(schema, table, row)).join('\n');
}

type Cell = string | number | null;
type Row = Readonly<Record<string, Cell>>;
type Stored = readonly [table: string, row: Row];

/** Values without a column in the table were not stored. */
function insert(schema: Schema, table: string, row: Row): string {
  const columns = schema.get(table) ?? [];
  const entries = Object.entries(row).filter(([name]) => columns.includes(name));
  const literals = entries.map(([, cell]) =>
    typeof cell === 'string' ? `'${cell.replaceAll("'", "''")}'` : String(cell),
  );
  return `INSERT INTO ${table} (${entries.map(([name]) => name).join(', ')}) VALUES (${literals.join(', ')});`;
}

function people(): Stored[] {
  return [
    ...[ALICE, BOB, CAROL, DAVE].map(({ id, username, displayName, role }): Stored => {
      const names = { id, username, username_key: username, display_name: displayName, role };
      const password_hash = `hash of ${username}`;
      return ['users', { ...names, password_hash, created_at: atMs(0), last_seen_at: null }];
    }),
    [
      'sessions',
      {
        id_digest: hash('sha256', TOKEN),
        user_id: ALICE.id,
        created_at: atMs(0),
        last_activity_at: atMs(0),
        expires_at: NOON_MS + 3_600_000,
        address: '192.0.2.1',
        user_agent: 'a browser',
      },
    ],
  ];
}

function lobby(can: Abilities): Stored[] {
  const log = new OldLog(LOBBY, { kind: 'room', name: 'Lobby', visibility: 'public' }, can);
  const [one, two, three] = [messageId(1), messageId(2), messageId(3)];
  const thumb = { is_pinned: 1, reply_count: 1 };
  log.say(ALICE.id, 'Hello', { key: 'c1', now: can.changes ? thumb : {} });
  const edited = { content: 'Hi alice', edited_at: atMs(5) };
  log.say(BOB.id, 'Hi', { key: 'c1', now: can.changes ? edited : {} });
  log.say(ALICE.id, ODD_TEXT, { now: can.changes ? { content: '', is_deleted: 1 } : {} });
  log.say(BOB.id, 'Bye', { key: 'c2' });
  if (can.changes) {
    log.change(BOB.id, 'edit', two, { key: 'e1', identity: ['Hi alice'] });
    log.change(ALICE.id, 'deletion', three, { key: 'd1' });
    log.change(BOB.id, 'reaction-added', one, { key: 'r1', identity: ['👍'], detail: '👍' });
    log.change(ALICE.id, 'reaction-added', one, { detail: '❤️' });
    log.change(ALICE.id, 'reaction-removed', one, { detail: '❤️' });
    log.change(ALICE.id, 'pin', one, { key: 'p1' });
    const reply = { parent_id: one, reply_number: 1 };
    log.say(ALICE.id, 'See @carol', { key: 'c2', parentId: one, now: reply });
    log.change(ALICE.id, 'access-lost', DAVE.id, { detail: 'banned' });
  }
  if (can.attachments) log.say(BOB.id, 'Look', { key: 'c3', attachments: ATTACHMENTS });
  const last = (of: UserId) => log.lastOf(of);
  const stored = [
    ...log.rows(),
    ...log.member(ALICE.id, 'owner', last(ALICE.id)),
    ...log.member(BOB.id, 'member', last(BOB.id)),
    ...log.member(CAROL.id, 'member', { sequence: 1, ordinal: 1 }),
  ];
  if (!can.changes) {
    return [...stored, ...log.member(DAVE.id, 'member', { sequence: 0, ordinal: 0 })];
  }
  const by = { created_by: ALICE.id, created_at: atMs(12) };
  return [
    ...stored,
    ['reactions', { message_id: one, emoji: '👍', user_id: BOB.id, sequence: 7 }],
    ['mentions', { room_id: LOBBY, sequence: 11, user_id: CAROL.id }],
    ['bans', { room_id: LOBBY, user_id: DAVE.id, ...by }],
    ['blocks', { user_id: CAROL.id, blocked_id: DAVE.id, created_at: atMs(12) }],
  ];
}

function conversation(): Stored[] {
  const key = `direct:${ALICE.id}:${BOB.id}`;
  const about = { kind: 'direct', name: '', name_key: key, visibility: 'private' };
  const log = new OldLog(DIRECT, about, { changes: true });
  log.say(ALICE.id, 'Psst', { key: 'c1' });
  return [
    ...log.rows(),
    ...log.member(ALICE.id, 'owner', log.lastOf(ALICE.id)),
    ...log.member(BOB.id, 'owner', { sequence: 0, ordinal: 0 }),
  ];
}

function school(): Stored[] {
  const log = new OldLog(
    MATHS,
    { workspace_id: SCHOOL, kind: 'channel', name: 'Maths', visibility: 'public' },
    { changes: true },
  );
  log.say(ALICE.id, '1 + 1 = 2', { key: 'c1' });
  const member = (userId: UserId, role: string): Stored => [
    'workspace_members',
    { workspace_id: SCHOOL, user_id: userId, role, created_at: atMs(0) },
  ];
  return [
    ['workspaces', { id: SCHOOL, name: 'School', created_at: atMs(0) }],
    member(ALICE.id, 'owner'),
    member(BOB.id, 'member'),
    ...log.rows({ archived_at: atMs(2) }),
    ...log.member(ALICE.id, 'owner', log.lastOf(ALICE.id)),
  ];
}

function diary(): Stored[] {
  const log = new OldLog(
    DIARY,
    { kind: 'room', name: 'Diary', visibility: 'private' },
    { changes: true },
  );
  log.say(ALICE.id, 'Day 1', { key: 'c1' });
  log.say(ALICE.id, 'Day 2', { key: 'c2' });
  log.say(ALICE.id, 'Day 3', { key: 'c3' });
  return [
    ...log.rows({ first_sequence: 2, pruned_ordinal: 1 }, { first: 2 }),
    ...log.member(ALICE.id, 'owner', log.lastOf(ALICE.id)),
  ];
}

interface Place {
  readonly sequence: number;
  readonly ordinal: number;
}

/** A room with its log, as stored rows. */
class OldLog {
  readonly #roomId: RoomId;
  readonly #about: Row;
  readonly #can: Pick<Abilities, 'changes'>;
  readonly #events: (Row & Place & { readonly actor_id: string })[] = [];
  readonly #messages: (Row & { readonly sequence_number: number })[] = [];
  readonly #keys: Stored[] = [];
  #ordinal = 0;

  constructor(
    roomId: RoomId,
    about: Row & { readonly name: string },
    can: Pick<Abilities, 'changes'>,
  ) {
    this.#roomId = roomId;
    this.#about = {
      name_key: about.name.toLowerCase(),
      workspace_id: DEFAULT_WORKSPACE_ID,
      ...about,
    };
    this.#can = can;
  }

  /** @param now Later changes of the message. */
  say(
    actorId: UserId,
    content: string,
    said: {
      readonly key?: string;
      readonly parentId?: MessageId;
      readonly attachments?: readonly Attachment[];
      readonly now?: Row;
    } = {},
  ): void {
    const { key, parentId = null, attachments = [] } = said;
    this.#ordinal += 1;
    const sequence = this.#events.length + 1;
    const id = this.#roomId === LOBBY ? messageId(sequence) : `${this.#roomId}/${sequence}`;
    this.#write('message', actorId, id, null);
    this.#messages.push({
      id,
      room_id: this.#roomId,
      user_id: actorId,
      content,
      created_at: atMs(sequence),
      sequence_number: sequence,
      client_message_id: key ?? null,
      attachments: attachments.length === 0 ? null : JSON.stringify(attachments),
      ...said.now,
    });
    // Fingerprint of a retry: the text alone, before there were replies.
    const identity: unknown[] = this.#can.changes ? [content, parentId] : [content];
    if (attachments.length > 0)
      identity.push([
        ATTACHMENTS[0],
        [
          ['name', "b's"],
          ['size', 1.5],
        ],
      ]);
    this.#writeKey(key, { actorId, target: id, identity: ['message', ...identity] });
  }

  change(
    actorId: UserId,
    kind: string,
    target: string,
    {
      key,
      identity = [],
      detail = null,
    }: { key?: string; identity?: string[]; detail?: string | null },
  ): void {
    this.#write(kind, actorId, target, detail);
    this.#writeKey(key, { actorId, target, identity: [kind, target, ...identity] });
  }

  /** Read position of a user who reads by writing. */
  lastOf(userId: UserId): Place {
    const last = this.#events.findLast(
      ({ actor_id, kind }) => actor_id === userId && kind === 'message',
    );
    return last ?? { sequence: 0, ordinal: 0 };
  }

  member(userId: UserId, role: string, { sequence, ordinal }: Place): Stored[] {
    const who = { room_id: this.#roomId, user_id: userId };
    const read = { last_read_sequence: sequence, last_read_ordinal: ordinal };
    const message = this.#messages.find((row) => row.sequence_number === sequence);
    const last_read_message_id = message?.['id'] ?? null;
    return [
      ['memberships', { ...who, role, created_at: atMs(0) }],
      ['read_receipts', { ...who, ...read, last_read_message_id, last_read_at: atMs(sequence) }],
    ];
  }

  /** @param first The first sequence that retention has left; keys stay. */
  rows(over: Row = {}, { first = 1 } = {}): Stored[] {
    const head = this.#events.length;
    const room: Row = {
      id: this.#roomId,
      created_at: atMs(0),
      created_by: ALICE.id,
      log_id: LOG_ID,
      head_sequence: head,
      head_ordinal: this.#ordinal,
      last_event_at: atMs(head),
      ...this.#about,
      ...over,
    };
    const events = this.#events.filter(({ sequence }) => sequence >= first);
    const messages = this.#messages.filter(({ sequence_number }) => sequence_number >= first);
    return [
      ['rooms', room],
      ...events.map((row): Stored => ['room_events', row]),
      ...messages.map((row): Stored => ['messages', row]),
      ...this.#keys,
    ];
  }

  #write(kind: string, actor_id: string, target_id: string, detail: string | null): void {
    const sequence = this.#events.length + 1;
    const place = { room_id: this.#roomId, sequence, ordinal: this.#ordinal };
    this.#events.push({ ...place, kind, actor_id, target_id, detail, created_at: atMs(sequence) });
  }

  #writeKey(
    key: string | undefined,
    { actorId, target, identity }: { actorId: UserId; target: string; identity: unknown[] },
  ): void {
    if (key === undefined) return;
    const sequence = this.#events.length;
    this.#keys.push([
      'send_keys',
      {
        room_id: this.#roomId,
        sender_id: actorId,
        client_message_id: key,
        fingerprint: hash('sha256', JSON.stringify(identity)),
        event_id: target,
        sequence,
        created_at: atMs(sequence),
      },
    ]);
  }
}
