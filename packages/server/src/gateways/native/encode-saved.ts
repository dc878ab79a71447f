/** Encodes messages that a user has saved for later. */
import type { SavedMessagePayload, ServerFrames } from '@parley/protocol';
import type { ShownSaved } from '../../domain/saved/saved-messages.ts';
import type { SavedMessage } from '../../model/saved-message.ts';
import { toTimestamp } from '../common/payloads.ts';
import { toMessagePayload } from './encode.ts';

export function toSaved(saved: SavedMessage): ServerFrames['message_saved'] {
  const { messageId, roomId } = saved;
  return { messageId, roomId, ...timesOf(saved) };
}

export function toSavedEntry(saved: ShownSaved): SavedMessagePayload {
  const { message, roomId, roomName } = saved;
  return {
    message: toMessagePayload(message),
    room: { id: roomId, name: roomName },
    ...timesOf(saved),
  };
}

function timesOf({ savedAtMs, remindAtMs, remindedAtMs }: SavedMessage) {
  return {
    savedAt: toTimestamp(savedAtMs),
    ...(remindAtMs !== undefined && { remindAt: toTimestamp(remindAtMs) }),
    ...(remindedAtMs !== undefined && { remindedAt: toTimestamp(remindedAtMs) }),
  };
}
