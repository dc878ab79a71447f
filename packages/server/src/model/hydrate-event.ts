/**
 * Turns a log entry, which holds no text, into the event that is sent, with the current state of
 * its message. Deleted text therefore never reappears, and an event that is sent twice changes
 * nothing.
 */
import { type MessageId, othersOf, pollOf, type UserId } from '@parley/protocol';
import type { LogEntry } from './log-entry.ts';
import type { Message } from './message.ts';
import { isFlagCommand } from './message-flags.ts';
import {
  type AccessLostReason,
  isKnownKind,
  type LogPosition,
  type RoomEvent,
} from './room-event.ts';

type Subject =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'person'; readonly username: string }
  /** A message that retention has deleted: later changes to it are sent as its deletion. */
  | { readonly kind: 'gone' };

export function hydrateEvent(entry: LogEntry, subject: Subject): RoomEvent {
  const { roomId, epoch, sequence, ordinal, actorId, createdAtMs, detail } = entry;
  const position = { roomId, epoch, sequence, ordinal, actorId, createdAtMs };
  if (!isKnownKind(entry.kind)) return { ...position, kind: 'unknown' };
  if (entry.kind === 'access-lost') {
    if (subject.kind !== 'person') throw mismatch(entry);
    return {
      ...position,
      kind: 'access-lost',
      // The store wrote these values from a command with these types.
      userId: entry.targetId as UserId,
      username: subject.username,
      reason: detail as AccessLostReason,
    };
  }
  if (subject.kind === 'gone' && entry.kind !== 'message') {
    return { ...position, kind: 'deletion', messageId: entry.targetId as MessageId };
  }
  if (subject.kind !== 'message') throw mismatch(entry);
  return { ...position, ...ofMessage(entry, subject.message) };
}

type MessageEvent = Exclude<RoomEvent, { kind: 'access-lost' | 'unknown' }>;
type Rest<E> = E extends unknown ? Omit<E, keyof LogPosition> : never;

function ofMessage(
  { kind, targetId, detail = '' }: LogEntry,
  message: Message,
): Rest<MessageEvent> {
  const messageId = targetId as MessageId; // The entry is about a message.
  if (isFlagCommand(kind)) return { kind, messageId };
  switch (kind) {
    case 'message':
      return { kind, message };
    case 'edit': {
      const { content, editedAtMs, isDeleted } = message;
      // The message was deleted later and has no text; its deletion is a later event.
      if (isDeleted || editedAtMs === undefined) return { kind: 'deletion', messageId };
      return { kind, messageId, content, editedAtMs };
    }
    case 'reaction-added':
    case 'reaction-removed': {
      const countOf = (wanted: string): number =>
        message.reactions.find(({ emoji }) => emoji === wanted)?.count ?? 0;
      const poll = kind === 'reaction-added' ? pollOf(message.attachments) : undefined;
      const others = othersOf(poll, detail, countOf);
      return { kind, messageId, emoji: detail, count: countOf(detail), ...others };
    }
    case 'deletion':
      return { kind, messageId };
    default:
      throw new Error(`An event '${kind}' is not about a message`);
  }
}

function mismatch({ kind, roomId, sequence }: LogEntry): Error {
  return new Error(`Event ${sequence} of ${roomId} (${kind}) is about something else`);
}
