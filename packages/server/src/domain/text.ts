/** What people may write: NFC, trimmed, well formed, with something to see in it, not too long. */
import { ChatError, isBlank } from '@parley/protocol';
import { isStorable } from './storable.ts';

/** What is written, as a refusal calls it. */
export interface TextKind {
  readonly field: string;
  /** At the beginning of a sentence. */
  readonly noun: string;
  /** Code points (CA-093). */
  readonly lengthMax: number;
}

const CONTROL = /\p{Cc}/u;

/**
 * The text as it is stored.
 *
 * @throws {ChatError} VALIDATION_ERROR for what cannot be stored by every store.
 */
export function toText(written: string, kind: TextKind): string {
  const { noun, lengthMax } = kind;
  if (isBlank(written)) throw invalid(kind, `${noun} is empty`);
  const trimmed = written.trim();
  // NFC makes one character of at most four, of two units each: beyond that the work is not worth it.
  const isHopeless = trimmed.length > lengthMax * 8;
  const text = isHopeless ? trimmed : trimmed.normalize('NFC');
  if (isHopeless || isLongerThan(text, lengthMax)) {
    throw invalid(kind, `${noun} is longer than ${lengthMax} characters`);
  }
  if (!isStorable(text)) {
    throw invalid(kind, `${noun} holds a character that is no text`);
  }
  return text;
}

/**
 * As `toText`, for what is shown in one line: without line breaks and other control characters.
 *
 * @throws {ChatError} VALIDATION_ERROR.
 */
export function toLine(written: string, kind: TextKind): string {
  const text = toText(written, kind);
  if (CONTROL.test(text)) throw invalid(kind, `${kind.noun} holds a control character`);
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

function invalid({ field }: TextKind, message: string): ChatError {
  return new ChatError('VALIDATION_ERROR', { field, message });
}
