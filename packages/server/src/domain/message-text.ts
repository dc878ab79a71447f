/** What a message's text may be: NFC, trimmed, well formed, not empty, not too long. */
import { ChatError } from '@parley/protocol';

/**
 * The text as it is stored. Lengths are code points (CA-093).
 *
 * @throws {ChatError} VALIDATION_ERROR for what cannot be stored by every store.
 */
export function toMessageText(content: string, lengthMax: number): string {
  const trimmed = content.trim();
  if (trimmed === '') throw invalid('The message is empty');
  // NFC makes one character of at most four, of two units each: beyond that the work is not worth it.
  const isHopeless = trimmed.length > lengthMax * 8;
  const text = isHopeless ? trimmed : trimmed.normalize('NFC');
  if (isHopeless || isLongerThan(text, lengthMax)) {
    throw invalid(`The message is longer than ${lengthMax} characters`);
  }
  // A lone surrogate has no UTF-8, and PostgreSQL has no text with a NUL in it.
  if (!text.isWellFormed() || text.includes('\0')) {
    throw invalid('The message holds a character that is no text');
  }
  return text;
}

function isLongerThan(text: string, codePoints: number): boolean {
  if (text.length <= codePoints) return false;
  let counted = 0;
  for (const _ of text) {
    counted += 1;
    if (counted > codePoints) return true;
  }
  return false;
}

function invalid(message: string): ChatError {
  return new ChatError('VALIDATION_ERROR', { field: 'content', message });
}
