import type { CommandOf } from './log-command.ts';
import { type Message, UNCHANGED } from './message.ts';
import type { LogPosition, RoomEvent } from './room-event.ts';

/** Fields that the store adds to the command of a message. */
type Addition = Pick<Message, 'sequence' | 'createdAtMs' | 'sender' | 'reply'>;

/** Creates a message as it is after sending: without changes, reactions or replies. */
export function newMessage(
  command: CommandOf<'message'>,
  { sequence, createdAtMs, sender, reply }: Addition,
): Message {
  const { messageId: id, roomId, userId, content, clientMessageId, attachments } = command;
  return {
    id,
    roomId,
    userId,
    sender,
    content,
    createdAtMs,
    sequence,
    clientMessageId,
    attachments,
    reply,
    ...UNCHANGED,
  };
}

/** The outcome of a message that was stored at this position. */
export function storedMessage(
  command: CommandOf<'message'>,
  position: Omit<LogPosition, 'roomId' | 'actorId'>,
  { sender, reply }: Pick<Message, 'sender' | 'reply'>,
): { readonly kind: 'stored'; readonly event: Extract<RoomEvent, { readonly kind: 'message' }> } {
  const { roomId, userId: actorId } = command;
  const { epoch, sequence, ordinal, createdAtMs } = position;
  const message = newMessage(command, { sequence, createdAtMs, sender, reply });
  const at = { roomId, epoch, sequence, ordinal, actorId, createdAtMs };
  return { kind: 'stored', event: { ...at, kind: 'message', message } };
}
