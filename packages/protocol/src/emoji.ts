/** The form of a reaction: one emoji in its fully qualified form, for server and clients. */
import { LIMITS } from './limits.ts';

/** Unicode's emoji recommended for general interchange (UTS #51): keycaps, flags, skin tones and joined sequences too. */
const EMOJI = /^\p{RGI_Emoji}$/v;
/** Characters that are shown as text unless U+FE0F follows them. */
const TEXT_BY_DEFAULT = /(?=\p{Emoji})\P{Emoji_Presentation}(?!\p{Emoji_Modifier})/gu;
const EMOJI_VARIATION_SELECTOR = '\ufe0f';

/**
 * The fully-qualified form of an emoji. Keyboards and programs leave U+FE0F out, or add it where
 * it changes nothing: all these are one reaction. Undefined for a text that is not one emoji.
 */
export function normalizeEmoji(written: string): string | undefined {
  const trimmed = written.trim();
  if (trimmed.length > LIMITS.emojiLengthMax * 2) return undefined;
  const qualified = trimmed
    .replaceAll(EMOJI_VARIATION_SELECTOR, '')
    .replaceAll(TEXT_BY_DEFAULT, `$&${EMOJI_VARIATION_SELECTOR}`);
  return EMOJI.test(qualified) ? qualified : undefined;
}
