/** Validation of reactions, of this version and of earlier ones. */
import { ChatError, isBlank, LIMITS, normalizeEmoji } from '@parley/protocol';

const BLANK_OR_CONTROL = /[\s\p{Cc}]/u;

/** @throws {ChatError} VALIDATION_ERROR. */
export function toReactionEmoji(written: string): string {
  const emoji = normalizeEmoji(written);
  if (emoji === undefined) throw notAnEmoji();
  return emoji;
}

/**
 * A reaction as earlier versions stored it: any short text without blanks. Undefined for texts that
 * they rejected.
 */
export function toEarlierReaction(written: string): string | undefined {
  const trimmed = written.trim();
  if (trimmed.length > LIMITS.emojiLengthMax * 2) return undefined;
  const text = trimmed.normalize('NFC');
  const wasRejected = isBlank(text) || BLANK_OR_CONTROL.test(text) || !text.isWellFormed();
  return wasRejected ? undefined : text;
}

export function notAnEmoji(): ChatError {
  return new ChatError('VALIDATION_ERROR', {
    field: 'emoji',
    message: 'A reaction must be one emoji',
  });
}
