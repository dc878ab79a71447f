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
  const normalized = normalizeText(text, CORE_LIMITS.nativeContentLengthMax);
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
 * Checks a text for a flat dialect, which has a higher length limit. Trims and normalises (NFC).
 *
 * @throws {ChatError} VALIDATION_ERROR.
 */
export function checkFlatContent(text: string): string {
  const normalized = normalizeText(text, CORE_LIMITS.contentLengthMax);
  if (normalized.kind === 'ok' && !isBlank(normalized.text)) return normalized.text;
  const message =
    normalized.kind === 'too-many-marks'
      ? 'The message has too many combining marks in a row'
      : `A message has 1 to ${CORE_LIMITS.contentLengthMax} characters`;
  throw new ChatError('VALIDATION_ERROR', { field: 'content', message });
}
