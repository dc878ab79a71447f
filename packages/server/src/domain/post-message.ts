/** A message that comes without a connection, as over HTTP: the same command under the same key. */
import { ChatError, type ClientMessageId, type MessageId, type RoomId } from '@parley/protocol';
import type { Message, User } from '../ports/model.ts';
import { toMessageText } from './message-text.ts';
import type { Parts } from './parts.ts';
import { submitMessage } from './send-message.ts';
import type { Acknowledgement } from './submit-command.ts';

export interface PostRequest {
  readonly roomId: RoomId;
  readonly content: string;
  readonly clientMessageId: ClientMessageId | undefined;
  readonly parentId: MessageId | undefined;
}

/**
 * Sends a message into a room of which one is a member, and gives it as it is now.
 *
 * @throws {ChatError} VALIDATION_ERROR, RATE_LIMITED, NOT_FOUND, FORBIDDEN, CONFLICT,
 *   UNAVAILABLE.
 */
export async function postMessage(
  parts: Parts,
  user: User,
  request: PostRequest,
): Promise<{ readonly message: Message; readonly duplicate: boolean }> {
  const content = toMessageText(request.content, parts.settings.contentLengthMax);
  parts.postLimits.take(user.id);
  const { promise, resolve, reject } = Promise.withResolvers<Acknowledgement>();
  submitMessage(parts, { user, connection: undefined }, { ...request, content }, (result) => {
    if (result instanceof ChatError) reject(result);
    else resolve(result);
  });
  const { messageId, duplicate } = await promise;
  const message = await parts.store.log.readMessage(request.roomId, messageId);
  if (message === undefined) throw new ChatError('NOT_FOUND'); // It was pruned since.
  return { message, duplicate };
}
