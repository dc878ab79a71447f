/** Checks a text before it is sent, by the rules and in the form in which the server stores it. */
import { isBlank, LIMITS } from '@parley/protocol';

export type ContentCheck =
  | { readonly kind: 'ok'; readonly content: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'too_long'; readonly length: number };

/** Trims and normalises (NFC), then counts code points (CA-092, CA-093). */
export function checkContent(text: string): ContentCheck {
  const content = text.trim().normalize('NFC');
  if (isBlank(content)) return { kind: 'empty' };
  const length = codePointCount(content);
  return length > LIMITS.nativeContentLengthMax
    ? { kind: 'too_long', length }
    : { kind: 'ok', content };
}

export function codePointCount(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
