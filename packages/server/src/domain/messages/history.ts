/** Reads the history, threads and present members of rooms that a user may read. */

import { ChatError, LIMITS, type MessageId, type RoomId, type UserId } from '@parley/protocol';
import type { Member } from '../../model/client-event.ts';
import type { HistoryPage } from '../../model/log-page.ts';
import type { Message } from '../../model/message.ts';
import type { Store } from '../../ports/store.ts';
import type { RoomStreamRegistry } from '../delivery/room-stream-registry.ts';
import type { Presence } from '../presence/presence.ts';
import { findReadable } from '../rooms/read-permission.ts';
import { compareNames, listMembers } from '../rooms/subscribe.ts';

export interface HistoryDependencies {
  readonly store: Pick<Store, 'accounts' | 'log' | 'rooms'>;
  readonly streams: Pick<RoomStreamRegistry, 'get'>;
  readonly presence: Pick<Presence, 'isHidden' | 'members'>;
}

export interface HistoryRequest {
  readonly roomId: RoomId;
  /** A sequence of the log, or a message. */
  readonly before: number | MessageId | undefined;
  readonly after: number | undefined;
  readonly limit: number | undefined;
}

export interface MessagesPage {
  readonly messages: readonly Message[];
  readonly hasMore: boolean;
}

/** @throws {ChatError} VALIDATION_ERROR, NOT_FOUND, FORBIDDEN, UNAVAILABLE. */
export async function readHistory(
  dependencies: HistoryDependencies,
  userId: UserId,
  request: HistoryRequest,
): Promise<MessagesPage> {
  checkBounds(request);
  await findReadable(dependencies, userId, request.roomId);
  return dependencies.store.log.readHistory(await toPage(dependencies, request));
}

/**
 * Reads the replies to a message. Replies may exist after retention has deleted their parent.
 *
 * @throws {ChatError} as `readHistory`.
 */
export async function readThread(
  dependencies: HistoryDependencies,
  userId: UserId,
  { parentId, ...request }: HistoryRequest & { readonly parentId: MessageId },
): Promise<MessagesPage & { readonly parent: Message | undefined }> {
  checkBounds(request);
  await findReadable(dependencies, userId, request.roomId);
  const page = await toPage(dependencies, request);
  const { log } = dependencies.store;
  // The parent first: its reply count may be lower than the replies read later, but never higher.
  const parent = await log.readMessage(request.roomId, parentId);
  const replies = await log.readHistory({ ...page, parentId });
  if (parent === undefined && replies.messages.length === 0) {
    throw new ChatError('NOT_FOUND', { field: 'messageId' });
  }
  return { parent, ...replies };
}

function checkBounds({ before, after }: HistoryRequest): void {
  if (before === undefined || after === undefined) return;
  const message = "Give 'before' or 'after', not both";
  throw new ChatError('VALIDATION_ERROR', { field: 'after', message });
}

async function toPage(
  dependencies: HistoryDependencies,
  { roomId, before, after, limit = LIMITS.historyPageDefault }: HistoryRequest,
): Promise<HistoryPage> {
  if (typeof before !== 'string') return { roomId, before, after, limit };
  const sequence = await findSequence(dependencies, { roomId, messageId: before }, 'before');
  return { roomId, before: sequence, after, limit };
}

export interface MembersPage {
  readonly members: readonly Member[];
  readonly memberCount: number;
}

/**
 * The users who are in the room now, by username. A page follows `after` even if that user has left
 * meanwhile.
 *
 * @throws {ChatError} VALIDATION_ERROR if `after` is not a user; NOT_FOUND, FORBIDDEN, UNAVAILABLE.
 */
export async function readMembers(
  dependencies: HistoryDependencies,
  userId: UserId,
  page: {
    readonly roomId: RoomId;
    readonly after: UserId | undefined;
    readonly limit: number | undefined;
  },
): Promise<MembersPage> {
  await findReadable(dependencies, userId, page.roomId);
  const last = page.after === undefined ? undefined : await usernameOf(dependencies, page.after);
  const stream = dependencies.streams.get(page.roomId);
  const members = listMembers(dependencies, stream?.memberIds() ?? [], userId);
  const rest =
    last === undefined
      ? members
      : members.filter(({ username }) => compareNames(username, last) > 0);
  const limit = page.limit ?? LIMITS.membersPageDefault;
  return { members: rest.slice(0, limit), memberCount: stream?.memberCount ?? 0 };
}

/** @throws {ChatError} VALIDATION_ERROR, UNAVAILABLE. */
async function usernameOf(
  { presence, store }: HistoryDependencies,
  after: UserId,
): Promise<string> {
  const [here] = presence.members([after]);
  const found = here ?? (await store.accounts.findUser({ kind: 'id', id: after }));
  if (found !== undefined) return found.username;
  const message = "'after' is not a known user";
  throw new ChatError('VALIDATION_ERROR', { field: 'after', message });
}

/**
 * @throws {ChatError} NOT_FOUND with the field that named the message, which all dialects spell
 *   alike.
 */
export async function findSequence(
  { store }: { readonly store: Pick<Store, 'log'> },
  { roomId, messageId }: { readonly roomId: RoomId; readonly messageId: MessageId },
  field: 'before' | 'messageId',
): Promise<number> {
  const message = await store.log.readMessage(roomId, messageId);
  if (message === undefined) throw new ChatError('NOT_FOUND', { field });
  return message.sequence;
}
