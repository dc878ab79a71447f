/** Normalises a reaction to one emoji in its fully qualified form, in the server and in clients; and the names of emoji. */
import { LIMITS } from './limits.ts';

/**
 * Emoji recommended for general interchange (UTS #51), with keycaps, flags, skin tones and joined
 * sequences. Made when it is first used: it takes longer than most modules.
 */
let emoji: RegExp | undefined;
/** Characters that are shown as text unless U+FE0F follows them. */
const TEXT_BY_DEFAULT = /(?=\p{Emoji})\P{Emoji_Presentation}(?!\p{Emoji_Modifier})/gu;
const EMOJI_VARIATION_SELECTOR = '\ufe0f';
/** As long as `:name:` may be with `emojiLengthMax`. */
const CUSTOM = /^:[a-z\d_-]{2,30}:$/;

/**
 * Returns the fully qualified form of an emoji; undefined if the text is not a single emoji. `:name:` stays as it
 * is: the server knows whether it has a custom emoji of this name.
 * Keyboards and programs omit U+FE0F, or add it where it changes nothing: all these are the same
 * reaction.
 */
export function normalizeEmoji(written: string): string | undefined {
  const trimmed = written.trim();
  if (CUSTOM.test(trimmed)) return trimmed;
  if (trimmed.length > LIMITS.emojiLengthMax * 2) return undefined;
  const qualified = trimmed
    .replaceAll(EMOJI_VARIATION_SELECTOR, '')
    .replaceAll(TEXT_BY_DEFAULT, `$&${EMOJI_VARIATION_SELECTOR}`);
  emoji ??= /^\p{RGI_Emoji}$/v;
  return emoji.test(qualified) ? qualified : undefined;
}

/** The name in `:name:`; undefined for every other text. */
export function customEmojiName(emoji: string): string | undefined {
  return CUSTOM.test(emoji) ? emoji.slice(1, -1) : undefined;
}
