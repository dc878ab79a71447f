/** Checks and normalises a text before it is sent, by the rules of the server. */
import { isBlank, LIMITS, normalizeText } from '@parley/protocol';

export type ContentCheck =
  | { readonly kind: 'ok'; readonly content: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'too_long'; readonly length: number }
  /** The server rejects such a text: no language is written like this. */
  | { readonly kind: 'too_many_marks' };

/** Trims and normalises (NFC), then counts code points. */
export function checkContent(text: string): ContentCheck {
  const normalized = normalizeText(text, LIMITS.nativeContentLengthMax);
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

/** Code points as the server counts them; a text that is far too long is not normalised first. */
export function contentLength(text: string): number {
  const normalized = normalizeText(text, LIMITS.contentLengthMax);
  return codePointCount(normalized.kind === 'ok' ? normalized.text : text.trim());
}

export function codePointCount(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
