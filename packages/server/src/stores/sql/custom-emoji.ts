/** Custom emoji of the server: operations of the store. */
import type { UserId } from '@parley/protocol';
import type { By } from '../../model/audit.ts';
import { CUSTOM_EMOJI_MAX, type CustomEmoji } from '../../model/custom-emoji.ts';
import { audited } from './audit-chain.ts';
import { placePicture } from './files.ts';
import { all, type Feature, type Operation, one, run } from './operation.ts';

interface EmojiRow {
  readonly name: string;
  readonly file_id: string;
  readonly user_id: UserId;
  readonly created_at: number;
}

const EMOJI = 'SELECT name, file_id, user_id, created_at FROM custom_emoji';

function toEmoji({ name, ...row }: EmojiRow): CustomEmoji {
  return { name, fileId: row.file_id, userId: row.user_id, createdAtMs: row.created_at };
}

function* listCustomEmoji(): Operation<CustomEmoji[]> {
  return (yield* all<EmojiRow>(`${EMOJI} ORDER BY name`)).map(toEmoji);
}

function* findCustomEmoji(name: string): Operation<CustomEmoji | undefined> {
  const row = yield* one<EmojiRow>(`${EMOJI} WHERE name = $1`, name);
  return row && toEmoji(row);
}

function* storeEmoji({
  name,
  fileId,
  userId,
  createdAtMs,
}: CustomEmoji): Operation<'stored' | 'taken' | 'too-many'> {
  // Additions wait for each other, so that there are never more.
  yield* all({ own: 'lockKeys' }, ['custom emoji']);
  const known = yield* all(`SELECT name FROM custom_emoji LIMIT ${CUSTOM_EMOJI_MAX}`);
  if (known.length === CUSTOM_EMOJI_MAX) return 'too-many';
  if ((yield* findCustomEmoji(name)) !== undefined) return 'taken';
  yield* placePicture(userId, { next: fileId });
  yield* run(
    'INSERT INTO custom_emoji (name, file_id, user_id, created_at) VALUES ($1, $2, $3, $4)',
    ...[name, fileId, userId, createdAtMs],
  );
  return 'stored';
}

function* removeEmoji(name: string): Operation<boolean> {
  const row = yield* one<EmojiRow>(`${EMOJI} WHERE name = $1 FOR UPDATE`, name);
  if (row === undefined) return false;
  yield* placePicture(row.user_id, { former: row.file_id });
  return (yield* run('DELETE FROM custom_emoji WHERE name = $1', name)) === 1;
}

export const CUSTOM_EMOJI = {
  reads: { listCustomEmoji, findCustomEmoji },
  writes: {},
  transactions: {
    insertCustomEmoji: audited(storeEmoji, (result, { name: target }: CustomEmoji, by: By) =>
      result === 'stored' ? { ...by, action: 'emoji.create', target } : undefined,
    ),
    deleteCustomEmoji: audited(removeEmoji, (isDeleted, target: string, by: By) =>
      isDeleted ? { ...by, action: 'emoji.delete', target } : undefined,
    ),
  },
} satisfies Feature;
