/**
 * Timeline of a room: the messages of the log, then the outgoing messages. Pure.
 *
 * A message in both (just acknowledged, or found by a resume) is shown once, from the
 * log. A message is therefore never shown twice.
 */
import type { MessageId, UserPayload } from '@parley/protocol';
import type { Message } from '../messages/message.ts';
import type { OutboxEntry, OutboxState } from '../outbox/outbox-state.ts';
import type { OpenRoom } from './room-state.ts';

/** Fields of a message that only the server gives it. */
type Stored = Pick<Message, 'id' | 'sequence' | 'reactions' | 'isPinned'>;

export interface TimelineMessage
  extends Omit<
    Message,
    | keyof Stored
    | 'roomId'
    | 'userId'
    | 'clientMessageId'
    | 'replyNumber'
    | 'readers'
    | 'recipientId'
  > {
  /** The same from the first moment to the acknowledged message, so that nothing moves. */
  readonly key: string;
  /** Present when it is sent. */
  readonly id?: MessageId;
  readonly userId: string;
  readonly delivery: Delivery;
}

export type Delivery =
  | (Stored & { readonly kind: 'sent' })
  | { readonly kind: 'pending'; readonly entry: OutboxEntry }
  | {
      readonly kind: 'failed';
      readonly entry: OutboxEntry;
      readonly failure: Extract<OutboxEntry['state'], { kind: 'failed' }>;
    };

export interface TimelineOptions {
  readonly self: UserPayload;
  /** Added to this machine's clock, to show outgoing messages in the server's time. */
  readonly clockOffsetMs: number;
}

/** A room, or a part of its messages. */
interface TimelineRoom extends Pick<OpenRoom, 'id'> {
  readonly log: Pick<OpenRoom['log'], 'messages'>;
}

export function timelineOf(
  room: TimelineRoom,
  outbox: OutboxState,
  { self, clockOffsetMs }: TimelineOptions,
): readonly TimelineMessage[] {
  const waiting = outbox.filter((entry) => entry.roomId === room.id);
  const sent = room.log.messages.map(toTimelineMessage);
  if (waiting.length === 0) return sent;
  const stored = new Set(sent.map(({ key }) => key));
  const unsent = waiting
    .filter((entry) => !stored.has(keyOf(self.id, entry.clientMessageId)))
    .map((entry) => unsentMessage(entry, self, clockOffsetMs));
  return [...sent, ...unsent];
}

/** Messages that wait for a connection or their turn; failed messages wait for their author. */
export function waitingCount(outbox: OutboxState): number {
  return outbox.filter(({ state }) => state.kind !== 'failed').length;
}

/** A message that did not change stays the same object, so that its row is not rendered again. */
const SENT = new WeakMap<Message, TimelineMessage>();

/** A stored message as the timeline shows it. */
export function toTimelineMessage(message: Message): TimelineMessage {
  const known = SENT.get(message);
  if (known !== undefined) return known;
  const { id, sequence, clientMessageId, reactions, isPinned, roomId: _, ...shown } = message;
  const key = clientMessageId === undefined ? id : keyOf(message.userId, clientMessageId);
  const delivery = { kind: 'sent', id, sequence, reactions, isPinned } as const;
  const { replyNumber: __, ...rest } = shown;
  const made: TimelineMessage = { key, id, ...rest, delivery };
  SENT.set(message, made);
  return made;
}

function unsentMessage(
  entry: OutboxEntry,
  self: UserPayload,
  clockOffsetMs: number,
): TimelineMessage {
  const {
    state,
    content,
    edit = content,
    attachments = [],
    clientMessageId,
    composedAtMs,
    replyTo,
    alsoToRoom,
  } = entry;
  return {
    key: keyOf(self.id, clientMessageId),
    userId: self.id,
    sender: self.username,
    content: edit,
    attachments,
    sentAtMs: composedAtMs + clockOffsetMs,
    delivery:
      state.kind === 'failed'
        ? { kind: 'failed', entry, failure: state }
        : { kind: 'pending', entry },
    ...(replyTo === undefined ? {} : { parentId: replyTo }),
    ...(alsoToRoom && { alsoToRoom }),
  };
}

/** Two users may choose the same client message id. */
function keyOf(userId: string, clientMessageId: string): string {
  return `${userId} ${clientMessageId}`;
}
