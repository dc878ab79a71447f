/** The end of all sessions of a user, or of all but one. */
import type { UserId } from '@parley/protocol';
import { all, type Operation } from './operation.ts';

/** Locks in the order of `touchSessions`, so that the two cannot deadlock. */
export function* endSessionsOf(userId: UserId, exceptKey = ''): Operation<string[]> {
  const rows = yield* all<{ id_digest: string }>(
    `WITH ended AS (SELECT id_digest FROM sessions WHERE user_id = $1 AND id_digest <> $2
       ORDER BY id_digest FOR UPDATE)
     DELETE FROM sessions WHERE id_digest = ANY (ARRAY(SELECT id_digest FROM ended)) RETURNING id_digest`,
    userId,
    exceptKey,
  );
  return rows.map((row) => row.id_digest);
}
