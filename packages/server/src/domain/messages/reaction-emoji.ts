/** Validation of reactions. */
import { ChatError, customEmojiName, normalizeEmoji } from '@parley/protocol';
import type { CustomEmojiStore } from '../../ports/custom-emoji-store.ts';

/** @throws {ChatError} VALIDATION_ERROR. */
export function toReactionEmoji(written: string): string {
  const emoji = normalizeEmoji(written);
  if (emoji !== undefined) return emoji;
  throw refused('A reaction must be one emoji');
}

/**
 * Returns a promise only for a custom emoji, which rejects if the server has none of this name.
 *
 * @throws {ChatError} VALIDATION_ERROR, UNAVAILABLE.
 */
export function requireKnownEmoji(
  emoji: string,
  store: Pick<CustomEmojiStore, 'findCustomEmoji'>,
): Promise<void> | undefined {
  const name = customEmojiName(emoji);
  return name === undefined
    ? undefined
    : store.findCustomEmoji(name).then((found) => {
        if (found === undefined) throw refused(`This server has no emoji ${emoji}`);
      });
}

function refused(message: string): ChatError {
  return new ChatError('VALIDATION_ERROR', { field: 'emoji', message });
}
