/** Validation of reactions. */
import { ChatError, normalizeEmoji } from '@parley/protocol';

/** @throws {ChatError} VALIDATION_ERROR. */
export function toReactionEmoji(written: string): string {
  const emoji = normalizeEmoji(written);
  if (emoji !== undefined) return emoji;
  throw new ChatError('VALIDATION_ERROR', {
    field: 'emoji',
    message: 'A reaction must be one emoji',
  });
}
