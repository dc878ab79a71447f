import type { By } from '../model/audit.ts';
import type { CustomEmoji } from '../model/custom-emoji.ts';

/** The custom emoji of the server, for all nodes. Their files stay as long as they do. */
export interface CustomEmojiStore {
  /** All, by name. */
  listCustomEmoji(): Promise<CustomEmoji[]>;
  findCustomEmoji(name: string): Promise<CustomEmoji | undefined>;
  /** Takes a file of the actor. `too-many`: there are as many emoji as there can be. */
  insertCustomEmoji(emoji: CustomEmoji, by: By): Promise<'stored' | 'taken' | 'too-many'>;
  /** Returns false if no emoji has this name. Its file may be deleted from then on. */
  deleteCustomEmoji(name: string, by: By): Promise<boolean>;
}
