/** Adds the custom emoji of an export, under the names that they had. */
import { customEmojiName, type UserId } from '@parley/protocol';
import type { By } from '../model/audit.ts';
import { CUSTOM_EMOJI_MAX } from '../model/custom-emoji.ts';
import { derivedId } from '../model/derived-id.ts';
import { EMOJI_BYTES_MAX } from '../model/stored-file.ts';
import type { Crypto } from '../ports/crypto.ts';
import type { Store } from '../ports/store.ts';
import { emojiOf } from './emoji-of.ts';
import { count, type ExportedEmoji, type ExportedHistory } from './exported-history.ts';
import { type ImportedFilesDependencies, importFile } from './imported-files.ts';

interface EmojiDependencies extends Omit<ImportedFilesDependencies, 'store'> {
  readonly store: ImportedFilesDependencies['store'] & Pick<Store, 'customEmoji'>;
  readonly secrets: Pick<Crypto, 'digest'>;
  readonly by: By;
}

/** Returns the names of all custom emoji of the server. @param userId Who has them: the export does not tell. */
export async function importEmoji(
  dependencies: EmojiDependencies,
  history: Pick<ExportedHistory, 'emoji' | 'openFile' | 'origin'>,
  { userId, leftOut }: { readonly userId: UserId; readonly leftOut: Map<string, number> },
): Promise<ReadonlySet<string>> {
  const { customEmoji } = dependencies.store;
  for (const emoji of history.emoji) {
    const left = await addEmoji(dependencies, history, { emoji, userId });
    if (left !== undefined) count(leftOut, left);
  }
  return new Set((await customEmoji.listCustomEmoji()).map(({ name }) => name));
}

/** Returns why it is left out. */
async function addEmoji(
  dependencies: EmojiDependencies,
  { openFile, origin }: Pick<ExportedHistory, 'openFile' | 'origin'>,
  { emoji, userId }: { readonly emoji: ExportedEmoji; readonly userId: UserId },
): Promise<string | undefined> {
  const { store, secrets, by } = dependencies;
  const { name, path } = emoji;
  if (customEmojiName(`:${name}:`) === undefined || emojiOf(name) !== undefined) {
    return 'emoji with names that custom emoji cannot have here';
  }
  const id = derivedId<string>(secrets, `${origin}:emoji:${name}`);
  const known = await store.customEmoji.findCustomEmoji(name);
  if (known !== undefined) return known.fileId === id ? undefined : 'emoji whose names are taken';
  const fileBytesMax = Math.min(EMOJI_BYTES_MAX, dependencies.fileBytesMax);
  const file = { id, name: `${name}.webp`, userId, createdAtMs: by.atMs, use: 'emoji' } as const;
  const taken = await importFile({ ...dependencies, fileBytesMax }, file, () => openFile(path));
  if (typeof taken === 'string')
    return 'emoji whose pictures are missing, too large or not readable';
  const added = { name, fileId: id, userId, createdAtMs: by.atMs };
  const result = await store.customEmoji.insertCustomEmoji(added, by);
  return result === 'stored' ? undefined : `emoji beyond the ${CUSTOM_EMOJI_MAX} of a server`;
}
