/** Accounts: operations of the account store. */

/**
 * Blocks `b` of a user that come after the block of another user, latest first. If that one has
 * ended meanwhile, the list begins again: users may be repeated, but none is left out.
 */
export function behindBlocked(userId: string, after: string): string {
  const created = `(SELECT c.created_at FROM blocks c WHERE c.user_id = ${userId} AND c.blocked_id = ${after})`;
  const last = `coalesce(${created}, ${Number.MAX_SAFE_INTEGER})`;
  return `(b.created_at < ${last} OR (b.created_at = ${last} AND b.blocked_id > ${after}))`;
}
