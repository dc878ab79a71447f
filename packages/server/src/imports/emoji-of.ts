/** Emoji by the names that other chat applications give them. */
import { normalizeEmoji } from '@parley/protocol';
import { nameToEmoji } from 'gemoji';

/** Names are those of GitHub; a skin tone follows a name in Slack. */
const TONE = /::skin-tone-\d$/;
const IN_TEXT = /:([a-z0-9_+-]+(?:::skin-tone-\d)?):/g;

/** Undefined for an emoji of that server only. */
export function emojiOf(name: string): string | undefined {
  const plain = name.replace(TONE, '');
  const found = Object.hasOwn(nameToEmoji, plain) ? nameToEmoji[plain] : undefined;
  return found === undefined ? undefined : normalizeEmoji(found);
}

/** Names that are unknown stay as they are written. */
export function withEmoji(text: string): string {
  return text.replace(IN_TEXT, (written, name: string) => emojiOf(name) ?? written);
}
