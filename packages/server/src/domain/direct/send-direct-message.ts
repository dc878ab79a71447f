/** `direct_message`, and groups: makes the room where there is none. */
import {
  ChatError,
  type ClientMessageId,
  isBlank,
  LIMITS,
  type RoomId,
  type UserId,
} from '@parley/protocol';
import type { Member } from '../../model/client-event.ts';
import type { Room, RoomRole } from '../../model/room.ts';
import type { User } from '../../model/user.ts';
import { DEFAULT_WORKSPACE_ID } from '../../model/workspace.ts';
import type { ChatConnection } from '../delivery/connection.ts';
import type { RoomStream } from '../delivery/room-stream.ts';
import type { Author, OnAcknowledged } from '../delivery/store-and-broadcast.ts';
import { toMessageText } from '../messages/message-text.ts';
import { submitMessage, takeSend } from '../messages/send-message.ts';
import type { Parts } from '../parts.ts';
import type { TypingSubscription } from '../presence/typing.ts';
import { type TextKind, toName } from '../primitives/text-validation.ts';
import { subscribeNewConversation } from '../rooms/auto-subscribe.ts';
import { mustAsk } from '../rooms/invitations.ts';
import { directKeyOf, directRoomIdOf, isAutoSubscribed, recipientOf } from './direct-room-rules.ts';

export type PersonReference =
  | { readonly kind: 'id'; readonly id: UserId }
  | { readonly kind: 'username'; readonly username: string };

export interface DirectMessageRequest {
  readonly recipient: PersonReference;
  readonly content: string;
  readonly contentLengthMax: number;
  readonly clientMessageId: ClientMessageId | undefined;
}

/**
 * Sends into the direct room of the two.
 *
 * @throws {ChatError} VALIDATION_ERROR, RATE_LIMITED, NOT_FOUND, FORBIDDEN, UNAVAILABLE;
 *   then nothing was said, and `settle` is not called.
 */
export async function sendDirectMessage(
  parts: Parts,
  connection: ChatConnection,
  request: DirectMessageRequest,
  settle: OnAcknowledged,
): Promise<void> {
  takeSend(parts, connection);
  const content = toMessageText(request.content, request.contentLengthMax);
  const { user } = connection;
  const open = openDirectRoomOf(connection, request.recipient);
  const { room } = open ?? (await findOrCreateDirectRoom(parts, user, request.recipient));
  parts.typing.stop(connection, { room });
  const { clientMessageId } = request;
  const about = { parentId: undefined, attachments: [] };
  const said = { roomId: room.id, content, clientMessageId, ...about };
  const author: Author = { user, connection };
  submitMessage(parts, author, said, settle);
}

/**
 * Shows the other of two that one is typing, before their first message too. Nothing is
 * made for it: who types may never write.
 *
 * @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, FORBIDDEN, UNAVAILABLE.
 */
export async function typeTo(
  parts: Parts,
  connection: ChatConnection,
  { recipient, isTyping }: { readonly recipient: PersonReference; readonly isTyping: boolean },
): Promise<void> {
  const { user } = connection;
  const other = await findOther(parts, user, recipient);
  if (isTyping && (await parts.store.accounts.isBlockedBetween(user.id, other.id))) {
    throw new ChatError('FORBIDDEN');
  }
  const stream = openDirectRoomOf(connection, { kind: 'id', id: other.id });
  const place = stream ?? (await placeBetween(parts, user, other));
  if (connection.isClosed) return;
  if (!isTyping) parts.typing.stop(connection, place);
  else if (stream !== undefined) parts.typing.start(connection, stream);
  else parts.typing.startOutside(connection, place);
}

/** Where one types to another whose room is not open here. */
async function placeBetween(parts: Parts, user: User, other: User): Promise<TypingSubscription> {
  const { secrets, streams, people } = parts;
  const nameKey = directKeyOf(user.id, other.id);
  const found = await findRoomByKey(parts, user, nameKey);
  if (found !== undefined) {
    return { room: found, connections: () => streams.get(found.id)?.connections() ?? [] };
  }
  const room = { id: directRoomIdOf(secrets, nameKey), kind: 'direct', nameKey } as const;
  // Those to whom its first message would go.
  const wouldHear = ({ link }: ChatConnection) => isAutoSubscribed(link.dialect, room);
  return { room, connections: () => people.connectionsOf(other.id).filter(wouldHear) };
}

/** The stream of the direct room with this person, where it is open here: then nobody need be asked. */
function openDirectRoomOf(
  { openRooms, user }: ChatConnection,
  recipient: PersonReference,
): RoomStream | undefined {
  if (recipient.kind !== 'id') return undefined;
  for (const { stream } of openRooms.values()) {
    if (recipientOf(stream.room, user.id) === recipient.id) return stream;
  }
  return undefined;
}

/** @throws {ChatError} NOT_FOUND; VALIDATION_ERROR for oneself. */
async function findOther({ store }: Parts, user: User, reference: PersonReference): Promise<User> {
  const found = await store.accounts.findUser(reference);
  const field = reference.kind === 'id' ? 'recipientId' : 'recipient';
  if (found === undefined) throw new ChatError('NOT_FOUND', { field });
  if (found.id !== user.id) return found;
  throw new ChatError('VALIDATION_ERROR', { field, message: 'One cannot write to oneself' });
}

/** The direct room with a person. @throws {ChatError} NOT_FOUND, VALIDATION_ERROR, FORBIDDEN, RATE_LIMITED. */
export async function findOrCreateDirectRoom(
  parts: Parts,
  user: User,
  recipient: PersonReference,
): Promise<{ readonly room: Room }> {
  const other = await findOther(parts, user, recipient);
  const nameKey = directKeyOf(user.id, other.id);
  const found = await findRoomByKey(parts, user, nameKey);
  if (found !== undefined) {
    for (const { id } of [user, other]) parts.people.joinedRoom(id, found);
    return { room: found };
  }
  // Of a room that is there the commit judges; none is made that nobody may write in.
  if (await parts.store.accounts.isBlockedBetween(user.id, other.id)) {
    throw new ChatError('FORBIDDEN');
  }
  parts.userLimits.creations.take(user.id);
  const room = await create(parts, [user, other], {
    id: directRoomIdOf(parts.secrets, nameKey),
    kind: 'direct',
    name: '',
    nameKey,
    roleOf: () => 'member',
  });
  return { room };
}

/** One for each two people: its key is made of the two. */
async function findRoomByKey(
  { store }: Parts,
  { id }: User,
  nameKey: string,
): Promise<Room | undefined> {
  const reference = { kind: 'key', workspaceId: DEFAULT_WORKSPACE_ID, nameKey } as const;
  return (await store.rooms.findRoom(reference, id))?.room;
}

export interface GroupRequest {
  readonly userIds: readonly UserId[];
  readonly name: string | undefined;
}

export interface Group {
  readonly room: Room;
  /** All of them, who is not here too. */
  readonly members: readonly Member[];
  /** People who become members by accepting. */
  readonly invitedIds: readonly UserId[];
}

/**
 * Makes a room of a few people, whose owner is its maker. All of its members who are here
 * have it open by then.
 *
 * @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, FORBIDDEN where one has blocked
 *   the other, RATE_LIMITED, UNAVAILABLE.
 */
export async function createGroup(
  parts: Parts,
  connection: ChatConnection,
  { userIds, name = '' }: GroupRequest,
): Promise<Group> {
  const { user } = connection;
  const others = [...new Set(userIds)].filter((id) => id !== user.id);
  if (others.length === 0 || others.length >= LIMITS.groupMembersMax) {
    const message = `A group has 2 to ${LIMITS.groupMembersMax} people`;
    throw new ChatError('VALIDATION_ERROR', { field: 'userIds', message });
  }
  const shownName = isBlank(name) ? '' : toName(name, GROUP_NAME);
  parts.userLimits.creations.take(user.id);
  const { people, invitedIds } = await findGroupPeople(parts, user, others);
  const members = await parts.people.describe(people);
  const room = await create(parts, people, {
    id: parts.secrets.newId() as RoomId, // Made here, so it is one.
    kind: 'group',
    name: shownName,
    nameKey: `group:${parts.secrets.newRandomId()}`,
    roleOf: ({ id }) => (id === user.id ? 'owner' : 'member'),
  });
  await invite(parts, user, room.id, invitedIds);
  await subscribeNewConversation(parts, { room, sequence: 0 }, people);
  return { room, members, invitedIds };
}

/** Invites the people who want to be asked before strangers, or who have blocked another of them. */
async function findGroupPeople(parts: Parts, user: User, otherIds: readonly UserId[]) {
  const { accounts, invitations } = parts.store;
  const people = [user];
  const invitedIds: UserId[] = [];
  const blockers = new Set(await invitations.listBlockersAmong(otherIds));
  for (const id of otherIds) {
    const found = await accounts.findUser({ kind: 'id', id });
    if (found === undefined) throw new ChatError('NOT_FOUND', { field: 'userIds' });
    if ((await mustAsk(parts, id, user.id)) || blockers.has(id)) invitedIds.push(id);
    else people.push(found);
  }
  return { people, invitedIds };
}

async function invite(
  { store, clock }: Parts,
  { id: inviterId }: User,
  roomId: RoomId,
  userIds: readonly UserId[],
): Promise<void> {
  if (userIds.length === 0) return;
  const target = { kind: 'group', id: roomId } as const;
  const about = { target, inviterId, createdAtMs: clock.nowMs() };
  await store.invitations.insertInvitations(userIds.map((userId) => ({ userId, ...about })));
}

/** For display only. */
const GROUP_NAME: TextKind = { field: 'name', noun: 'The name', lengthMax: 100 };

async function create(
  { clock, store, people }: Parts,
  members: readonly User[],
  wanted: Pick<Room, 'id' | 'kind' | 'name' | 'nameKey'> & {
    readonly roleOf: (user: User) => RoomRole;
  },
): Promise<Room> {
  const { roleOf, ...named } = wanted;
  const nowMs = clock.nowMs();
  const room: Room = {
    workspaceId: DEFAULT_WORKSPACE_ID,
    visibility: 'private',
    createdAtMs: nowMs,
    ...named,
  };
  const roles = members.map((user) => ({ userId: user.id, role: roleOf(user) }));
  const stored = await store.rooms.createRoom(room, roles, nowMs);
  for (const { id } of members) people.joinedRoom(id, stored);
  return stored;
}
