/** Whether a message consists of up to three emoji, which are shown larger. Pure. */

/** Longer texts are not tested: no three emoji have this many UTF-16 units. */
const UNITS_MAX = 64;
const LONE_EMOJI = /^(?:\p{RGI_Emoji}\s?){1,3}$/v;

export function isLoneEmoji(text: string): boolean {
  const trimmed = text.trim();
  return trimmed.length <= UNITS_MAX && LONE_EMOJI.test(trimmed);
}
