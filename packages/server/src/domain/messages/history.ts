/** Reads the history and threads of rooms that a user may read. */

import { ChatError, LIMITS, type MessageId, type RoomId, type UserId } from '@parley/protocol';
import type { HistoryPage } from '../../model/log-page.ts';
import type { Message } from '../../model/message.ts';
import type { Store } from '../../ports/store.ts';
import { findReadable } from '../rooms/read-permission.ts';

export interface HistoryDependencies {
  readonly store: Pick<Store, 'log' | 'rooms'>;
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
