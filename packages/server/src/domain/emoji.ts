/** What a reaction may be: a short text without blanks, so an emoji, or the name of one. */
import { ChatError, isBlank, LIMITS } from '@parley/protocol';

const BLANK_OR_CONTROL = /[\s\p{Cc}]/u;

/** @throws {ChatError} VALIDATION_ERROR. */
export function toEmoji(written: string): string {
  const emoji = written.trim();
  const isLong = emoji.length > LIMITS.emojiLengthMax * 2;
  const text = isLong ? emoji : emoji.normalize('NFC');
  if (
    isBlank(text) ||
    isLong ||
    [...text].length > LIMITS.emojiLengthMax ||
    BLANK_OR_CONTROL.test(text) ||
    !text.isWellFormed()
  ) {
    throw new ChatError('VALIDATION_ERROR', {
      field: 'emoji',
      message: `A reaction has 1 to ${LIMITS.emojiLengthMax} characters and no blanks`,
    });
  }
  return text;
}
