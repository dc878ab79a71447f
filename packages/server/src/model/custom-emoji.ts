import type { UserId } from '@parley/protocol';

export const CUSTOM_EMOJI_MAX = 500;

/** A picture of the server that texts and reactions show as `:name:`. */
export interface CustomEmoji {
  readonly name: string;
  readonly fileId: string;
  /** The user who has added it. */
  readonly userId: UserId;
  readonly createdAtMs: number;
}

/** An emoji was added, or the emoji with this name was deleted. */
export type CustomEmojiChange =
  | { readonly added: CustomEmoji }
  | { readonly removed: CustomEmoji['name'] };
