/** Links that set a new password end, or lose their force, with what replaces them. */
import type { UserId } from '@parley/protocol';
import { type Operation, run } from './operation.ts';

/** The holder of the mailbox sets no password any more: the address or the sign-in is another one. */
export function* voidMailedReset(userId: UserId): Operation<void> {
  const sql =
    'UPDATE emails SET reset_digest = NULL, reset_expires_at = NULL WHERE user_id = $1 AND reset_digest IS NOT NULL';
  yield* run(sql, userId);
}

/** Of a user with a new factor. */
export function* restrictResets(userId: UserId): Operation<void> {
  yield* voidMailedReset(userId);
  yield* run('UPDATE password_resets SET precedes_factor = 1 WHERE user_id = $1', userId);
}
