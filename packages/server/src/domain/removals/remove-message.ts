/** Deletes a message as its author could, also where neither the author nor the actor is a member. */
import { ChatError, type MessageId, type RoomId } from '@parley/protocol';
import type { User } from '../../model/user.ts';
import { type Store, StoreUnavailable } from '../../ports/store.ts';
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

/** Removes a message whose removal is stored, and then forgets that; it stays stored if the store fails. */
export async function carryOutRemoval(
  dependencies: {
    readonly logWriter: Pick<LogWriter, 'submit'>;
    readonly store: Pick<Store, 'removals'>;
  },
  id: string,
  message: MessageOf,
): Promise<void> {
  try {
    await removeMessage(dependencies, message);
    await dependencies.store.removals.deleteRemoval(id);
  } catch (error) {
    const isLater =
      error instanceof StoreUnavailable ||
      (error instanceof ChatError && error.code === 'UNAVAILABLE');
    if (!isLater) throw error;
  }
}

/** Another node, or the user, has done it meanwhile. */
export function ignoreDone(error: unknown): void {
  const isDone = error instanceof ChatError && ['NOT_FOUND', 'FORBIDDEN'].includes(error.code);
  if (!isDone) throw error;
}
