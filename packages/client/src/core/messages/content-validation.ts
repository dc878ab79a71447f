/** Checks and normalises a text before it is sent, by the rules of the server. */
import { ChatError, CORE_LIMITS, isBlank, normalizeText } from '@parley/protocol';

export type ContentCheck =
  | { readonly kind: 'ok'; readonly content: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'too_long'; readonly length: number }
  /** The server rejects such a text: no language is written like this. */
  | { readonly kind: 'too_many_marks' };

/** Trims and normalises (NFC), then counts code points. */
export function checkContent(text: string): ContentCheck {
  const normalized = normalizeText(text, CORE_LIMITS.contentLengthMax);
  switch (normalized.kind) {
    case 'too-long':
      return { kind: 'too_long', length: contentLength(text) };
    case 'too-many-marks':
      return { kind: 'too_many_marks' };
    case 'ok':
      return isBlank(normalized.text)
        ? { kind: 'empty' }
        : { kind: 'ok', content: normalized.text };
  }
}

/** As `checkContent`, for a server that accepts fewer code points: `contentLengthMax` of the state. */
export function checkContentUpTo(text: string, lengthMax: number | undefined): ContentCheck {
  const check = checkContent(text);
  const length = check.kind === 'ok' ? codePointCount(check.content) : 0;
  return length > (lengthMax ?? length) ? { kind: 'too_long', length } : check;
}

/** Code points as the server counts them; a text that is far too long is not normalised first. */
export function contentLength(text: string): number {
  const normalized = normalizeText(text, CORE_LIMITS.contentLengthMax);
  return codePointCount(normalized.kind === 'ok' ? normalized.text : text.trim());
}

export function codePointCount(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/**
 * The text as it is sent.
 *
 * @param lengthMax As in `checkContentUpTo`.
 * @throws {ChatError} `VALIDATION_ERROR`, which says what is wrong with the text.
 */
export function sendableContent(text: string, lengthMax?: number): string {
  const check = checkContentUpTo(text, lengthMax);
  if (check.kind === 'ok') return check.content;
  const max = Math.min(lengthMax ?? CORE_LIMITS.contentLengthMax, CORE_LIMITS.contentLengthMax);
  const message = {
    empty: 'A message needs a text',
    too_long: `A message has at most ${max} characters`,
    too_many_marks: 'Too many combining marks in a row',
  }[check.kind];
  throw new ChatError('VALIDATION_ERROR', { field: 'content', message });
}
