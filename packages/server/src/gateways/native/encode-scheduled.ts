/** Encodes messages that users send later. */
import type { ScheduledMessagePayload, ServerFrames } from '@parley/protocol';
import type { ShownScheduled } from '../../domain/scheduled/scheduled-messages.ts';
import type { ScheduledChange, ScheduledMessage } from '../../model/scheduled-message.ts';
import { toTimestamp } from '../common/payloads.ts';

export function toScheduled(scheduled: ScheduledMessage): ServerFrames['message_scheduled'] {
  const { id: scheduledId, roomId, content, parentId, attachments, failure } = scheduled;
  return {
    ...{ scheduledId, roomId, content },
    ...(parentId !== undefined && { parentMessageId: parentId }),
    ...(scheduled.alsoToRoom && { alsoToRoom: true as const }),
    ...(attachments.length > 0 && { attachments }),
    ...{ sendAt: toTimestamp(scheduled.sendAtMs), createdAt: toTimestamp(scheduled.createdAtMs) },
    ...(failure !== undefined && { failure }),
  };
}

export function toScheduledEntry(scheduled: ShownScheduled): ScheduledMessagePayload {
  const { roomId, ...entry } = toScheduled(scheduled);
  return { ...entry, room: { id: roomId, name: scheduled.roomName } };
}

export function toScheduledChange(change: ScheduledChange): ServerFrames['scheduled_changed'] {
  const { failure, ...rest } = change;
  return { ...rest, ...(failure !== undefined && { failure }) };
}
