/** Notes gains and ends of memberships for the timeline of their room. */
import type { MembershipChange } from '../../model/membership-change.ts';
import type { Queries } from './queries.ts';

export async function noteChange(
  queries: Queries,
  change: Omit<MembershipChange, 'username' | 'createdAtMs'> & { readonly atMs: number },
): Promise<void> {
  await queries.run(
    `INSERT INTO membership_changes (room_id, after_sequence, user_id, kind, actor_id, created_at)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (room_id, after_sequence, created_at, user_id, kind) DO NOTHING`,
    change.roomId,
    change.afterSequence,
    change.userId,
    change.kind,
    change.actorId,
    change.atMs,
  );
}
