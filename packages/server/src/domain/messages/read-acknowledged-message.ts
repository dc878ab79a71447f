/**
 * Finds the message of an acknowledgement as it was when it was sent. A retry gets this message and
 * nothing newer: the sender may have lost access to the room since.
 */

import { ChatError } from '@parley/protocol';
import type { Message } from '../../model/message.ts';
import type { Store } from '../../ports/store.ts';
import type { Acknowledgement } from '../delivery/store-and-broadcast.ts';

export interface AcknowledgedMessageDependencies {
  readonly store: Pick<Store, 'log'>;
}

/** @throws {ChatError} NOT_FOUND for a command that is not a message; UNAVAILABLE. */
export async function readAcknowledgedMessage(
  { store }: AcknowledgedMessageDependencies,
  { roomId, messageId, sent, isReply }: Acknowledgement,
): Promise<Message> {
  if (sent === undefined) throw new ChatError('NOT_FOUND', { field: 'messageId' });
  if (!isReply || sent.reply !== undefined) return sent;
  // The thread position was assigned when the message was stored, and never changes.
  const stored = await store.log.readMessage(roomId, messageId);
  return { ...sent, reply: stored?.reply };
}
