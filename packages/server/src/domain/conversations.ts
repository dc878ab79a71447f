/** `direct_message`, and groups: makes the room where there is none. */
import {
  ChatError,
  type ClientMessageId,
  LIMITS,
  type RoomId,
  type UserId,
} from '@parley/protocol';
import { DEFAULT_WORKSPACE_ID, type Room, type RoomRole, type User } from '../ports/model.ts';
import type { ChatConnection } from './connection.ts';
import { directKeyOf } from './conversation.ts';
import { toMessageText } from './message-text.ts';
import type { Parts } from './parts.ts';
import { submitMessage, takeSend } from './send-message.ts';
import type { Author, Settle } from './submit-command.ts';

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
 * @throws {ChatError} VALIDATION_ERROR, RATE_LIMITED, NOT_FOUND, UNAVAILABLE; then
 *   nothing was said, and `settle` is not called.
 */
export async function sendDirectMessage(
  parts: Parts,
  connection: ChatConnection,
  request: DirectMessageRequest,
  settle: Settle,
): Promise<void> {
  const content = toMessageText(request.content, request.contentLengthMax);
  takeSend(parts, connection);
  const recipient = await findPerson(parts, request.recipient);
  const { user } = connection;
  if (recipient.id === user.id) {
    const message = 'One cannot write to oneself';
    throw new ChatError('VALIDATION_ERROR', { field: 'recipientId', message });
  }
  const room = await openDirectRoom(parts, user, recipient);
  const { clientMessageId } = request;
  const said = { roomId: room.id, content, clientMessageId, parentId: undefined };
  const author: Author = { user, connection };
  submitMessage(parts, author, said, settle);
}

/** @throws {ChatError} NOT_FOUND. */
async function findPerson({ store }: Parts, reference: PersonReference): Promise<User> {
  const found = await store.accounts.findUser(reference);
  if (found === undefined) throw new ChatError('NOT_FOUND', { field: 'recipientId' });
  return found;
}

/** One for each two people: its key is made of the two. */
async function openDirectRoom(parts: Parts, one: User, other: User): Promise<Room> {
  return create(parts, [one, other], {
    kind: 'direct',
    name: '',
    nameKey: directKeyOf(one.id, other.id),
    roleOf: () => 'member',
  });
}

export interface GroupRequest {
  readonly userIds: readonly UserId[];
  readonly name: string | undefined;
}

export interface Group {
  readonly room: Room;
  readonly members: readonly User[];
}

/**
 * Makes a room of a few people, whose owner is its maker.
 *
 * @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, FORBIDDEN where one has blocked
 *   the other, RATE_LIMITED, UNAVAILABLE.
 */
export async function createGroup(
  parts: Parts,
  connection: ChatConnection,
  { userIds, name }: GroupRequest,
): Promise<Group> {
  const { user } = connection;
  const others = [...new Set(userIds)].filter((id) => id !== user.id);
  if (others.length === 0 || others.length >= LIMITS.groupMembersMax) {
    const message = `A group has 2 to ${LIMITS.groupMembersMax} people`;
    throw new ChatError('VALIDATION_ERROR', { field: 'userIds', message });
  }
  const waitMs = parts.people.takeRoomCreation(connection);
  if (waitMs > 0) {
    throw new ChatError('RATE_LIMITED', { retryAfterSeconds: Math.ceil(waitMs / 1000) });
  }
  const members = [user];
  for (const id of others) {
    const found = await parts.store.accounts.findUser({ kind: 'id', id });
    if (found === undefined) throw new ChatError('NOT_FOUND', { field: 'userIds' });
    if (await parts.store.accounts.isBlockedBetween(user.id, id)) throw new ChatError('FORBIDDEN');
    members.push(found);
  }
  const room = await create(parts, members, {
    kind: 'group',
    name: name === undefined || name.trim() === '' ? '' : toMessageText(name, GROUP_NAME_MAX),
    nameKey: `group:${parts.secrets.newRandomId()}`,
    roleOf: ({ id }) => (id === user.id ? 'owner' : 'member'),
  });
  return { room, members };
}

/** Code points of a group's name, which is for display only. */
const GROUP_NAME_MAX = 100;

async function create(
  { secrets, clock, store, people }: Parts,
  members: readonly User[],
  wanted: Pick<Room, 'kind' | 'name' | 'nameKey'> & { readonly roleOf: (user: User) => RoomRole },
): Promise<Room> {
  const { roleOf, ...named } = wanted;
  const nowMs = clock.nowMs();
  const room: Room = {
    id: secrets.newId() as RoomId, // Made here, so it is one.
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
