/** Deletes a message as its author could, also where neither the author nor the actor is a member. */
import { ChatError, type MessageId, type RoomId } from '@parley/protocol';
import type { User } from '../../model/user.ts';
import type { LogWriter } from '../delivery/log-writer.ts';

interface MessageOf {
  readonly roomId: RoomId;
  readonly messageId: MessageId;
  readonly author: User;
}

/** Does nothing if the message is deleted already. @throws {ChatError} UNAVAILABLE. */
export async function removeMessage(
  { logWriter }: { readonly logWriter: Pick<LogWriter, 'submit'> },
  { roomId, messageId, author }: MessageOf,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const command = { kind: 'deletion', roomId, messageId, isRemoval: true } as const;
  logWriter.submit(
    { user: author, connection: undefined },
    { ...command, clientMessageId: undefined },
    {
      identity: [command.kind, messageId],
      onAcknowledged: (result) => (result instanceof ChatError ? reject(result) : resolve()),
    },
  );
  await promise.catch(ignoreDone);
}

/** Another node, or the user, has done it meanwhile. */
export function ignoreDone(error: unknown): void {
  const isDone = error instanceof ChatError && ['NOT_FOUND', 'FORBIDDEN'].includes(error.code);
  if (!isDone) throw error;
}
