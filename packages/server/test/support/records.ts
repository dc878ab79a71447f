/** Records for tests: a case names only the fields that matter to it. */
import { hash, randomUUID, randomUUIDv7 } from 'node:crypto';
import type { ClientMessageId, Epoch, MessageId, RoomId, UserId } from '@parley/protocol';
import type { By } from '../../src/model/audit.ts';
import type { Invite } from '../../src/model/invite.ts';
import type { CommandOf, LogCommand } from '../../src/model/log-command.ts';
import { type Message, UNCHANGED } from '../../src/model/message.ts';
import type { Room, RoomRole } from '../../src/model/room.ts';
import type { RoomEvent } from '../../src/model/room-event.ts';
import type { Session } from '../../src/model/session.ts';
import type { User } from '../../src/model/user.ts';
import { DEFAULT_WORKSPACE_ID } from '../../src/model/workspace.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import type { Store } from '../../src/ports/store.ts';

/** 2026-01-31T12:00:00.000Z. */
export const NOON_MS = 1_769_860_800_000;

/** The operator, who does what the audit log records. */
export const BY: By = { actor: 'operator', address: 'root@test', atMs: NOON_MS };

// Ids of tests are created here with their types.
export const newUserId = (): UserId => randomUUIDv7() as UserId;
export const newRoomId = (): RoomId => randomUUIDv7() as RoomId;

/** Epoch of events that tests create. */
export const EPOCH = 'log.generation' as Epoch;

export function user(username: string, over: Partial<User> = {}): User {
  return {
    id: newUserId(),
    username,
    displayName: username,
    role: 'member',
    createdAtMs: NOON_MS,
    ...over,
  };
}

export function room(name: string, over: Partial<Room> = {}): Room {
  return {
    id: newRoomId(),
    workspaceId: DEFAULT_WORKSPACE_ID,
    kind: 'room',
    name,
    nameKey: name.toLowerCase(),
    visibility: 'public',
    createdAtMs: NOON_MS,
    ...over,
  };
}

export function invite({ id: creatorId }: Pick<User, 'id'>, over: Partial<Invite> = {}): Invite {
  return {
    id: randomUUIDv7(),
    tokenDigest: hash('sha256', randomUUID()),
    creatorId,
    roomIds: [],
    workspaceId: undefined,
    usesMax: undefined,
    useCount: 0,
    createdAtMs: NOON_MS,
    expiresAtMs: NOON_MS + 1000,
    ...over,
  };
}

export function session(over: Partial<Session> & Pick<Session, 'userId'>): Session {
  return {
    key: hash('sha256', randomUUID()),
    createdAtMs: NOON_MS,
    lastActivityAtMs: NOON_MS,
    expiresAtMs: NOON_MS + 1000,
    address: '192.0.2.1',
    userAgent: 'test',
    ...over,
  };
}

/** Creates the command that sends a message. */
export function command(
  over: Omit<Partial<CommandOf<'message'>>, 'clientMessageId'> &
    Pick<LogCommand, 'roomId' | 'userId'> & { readonly clientMessageId?: string },
): CommandOf<'message'> {
  const content = over.content ?? 'hello';
  return {
    kind: 'message',
    messageId: randomUUIDv7() as MessageId,
    fingerprint: hash('sha256', content),
    admittedAtMs: NOON_MS,
    mentions: { everyone: false, names: [] },
    attachments: [],
    parentId: undefined,
    ...over,
    content,
    clientMessageId: over.clientMessageId as ClientMessageId | undefined,
  };
}

/** Commits a message, and returns its id. */
export async function commitMessage(
  log: Pick<EventLog, 'commit'>,
  over: Parameters<typeof command>[0],
): Promise<MessageId> {
  const sent = command(over);
  await log.commit([sent]);
  return sent.messageId;
}

/** Creates a command about an existing message or a user. */
export function change<C extends CommandInput<LogCommand>>(
  input: C,
  over: { readonly clientMessageId?: string; readonly admittedAtMs?: number } = {},
): C & Admitted {
  return {
    ...input,
    fingerprint: hash('sha256', JSON.stringify(input)),
    admittedAtMs: over.admittedAtMs ?? NOON_MS,
    clientMessageId: over.clientMessageId as ClientMessageId | undefined,
  };
}

type Admitted = Pick<LogCommand, 'fingerprint' | 'admittedAtMs' | 'clientMessageId'>;
type CommandInput<C extends LogCommand> = C extends LogCommand
  ? Omit<C, 'fingerprint' | 'admittedAtMs' | 'clientMessageId'>
  : never;

export function message(over: Partial<Message> & Pick<Message, 'roomId' | 'sequence'>): Message {
  return {
    id: `m${over.sequence}` as MessageId,
    userId: newUserId(),
    sender: 'alice',
    content: `${over.sequence}`,
    createdAtMs: NOON_MS,
    clientMessageId: undefined,
    ...UNCHANGED,
    attachments: [],
    reply: undefined,
    ...over,
  };
}

/** The head of a log that tests create. */
export function headAt(sequence: number): { readonly sequence: number; readonly epoch: Epoch } {
  return { sequence, epoch: EPOCH };
}

/** Creates the event of a room whose log has only messages. */
export function messageEvent(roomId: RoomId, sequence: number): RoomEvent {
  const said = message({ roomId, sequence });
  const place = { roomId, epoch: EPOCH, sequence, ordinal: sequence, createdAtMs: NOON_MS };
  return { ...place, kind: 'message', actorId: said.userId, message: said };
}

export function ownedBy({ id }: User): { readonly userId: UserId; readonly role: RoomRole }[] {
  return [{ userId: id, role: 'owner' }];
}

/** Reads the epoch of a room from the store. */
export async function epochOf(store: Store, roomId: RoomId, userId: UserId) {
  const snapshot = {
    roomId,
    userId,
    position: undefined,
    historyCount: 0,
    catchUpMax: 0,
    bytesMax: 1_000_000,
  };
  return (await store.log.readRoom(snapshot))?.head.epoch;
}

/** With the key of `createDirectRoom`. */
export function blockUser(
  store: Pick<Store, 'accounts'>,
  userId: UserId,
  blockedId: UserId,
  nowMs: number,
): Promise<RoomId | undefined> {
  const directKey = `direct:${[userId, blockedId].toSorted().join(':')}`;
  return store.accounts.block(userId, blockedId, { directKey, nowMs });
}

export function createDirectRoom(
  store: Store,
  people: readonly User[],
  over: Partial<Room> = {},
): Promise<Room> {
  const ids = people.map(({ id }) => id);
  const nameKey = `direct:${ids.toSorted().join(':')}`;
  const members = ids.map((userId) => ({ userId, role: 'member' }) as const);
  const between = room('', { kind: 'direct', visibility: 'private', nameKey, ...over });
  return store.rooms.createRoom(between, members, NOON_MS);
}

/** Creates a store with alice and bob as members of `lobby`. */
/** Of no password: one that an import takes. */
export const PASSWORD_HASH = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$dGFndGFndGFndGFndGFndA';

export async function withLobby(
  store: Store,
): Promise<{ readonly alice: User; readonly bob: User; readonly lobby: Room }> {
  const [alice, bob] = [user('alice'), user('bob')];
  await store.accounts.insertUser(alice, PASSWORD_HASH);
  await store.accounts.insertUser(bob, PASSWORD_HASH);
  const lobby = room('lobby');
  await store.rooms.createRoom(lobby, ownedBy(alice), NOON_MS);
  await store.rooms.addMember(lobby.id, bob.id, NOON_MS);
  return { alice, bob, lobby };
}

/** The permissions of a new public room, as on the wire. */
export const OPEN_TO_MEMBERS = {
  posting: 'members',
  inviting: 'members',
  pinning: 'members',
  mentioningAll: 'members',
} as const;
