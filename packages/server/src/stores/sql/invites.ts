/** Links that let people in: operations of the invite store. */
import type { RoomId, UserId, WorkspaceId } from '@parley/protocol';
import type { By, Recorded } from '../../model/audit.ts';
import { hasPlace, type Invite, type InviteUse } from '../../model/invite.ts';
import { LIST_START, type TimeCursor } from '../../model/page.ts';
import { audited } from './audit-chain.ts';
import { queueMail } from './emails.ts';
import { all, type Feature, type Operation, one, run } from './operation.ts';

interface InviteRow {
  readonly id: string;
  readonly token_digest: string;
  readonly creator_id: UserId;
  /** JSON. */
  readonly room_ids: string;
  readonly workspace_id: WorkspaceId | null;
  readonly role: string;
  readonly email: string | null;
  readonly uses_max: number | null;
  readonly use_count: number;
  readonly created_at: number;
  readonly expires_at: number;
}

const INVITE = `SELECT id, token_digest, creator_id, room_ids, workspace_id, role, email, uses_max, use_count, created_at, expires_at
  FROM invites`;

function toInvite(row: InviteRow): Invite {
  return {
    id: row.id,
    tokenDigest: row.token_digest,
    creatorId: row.creator_id,
    roomIds: JSON.parse(row.room_ids) as RoomId[], // As `insertInvite` wrote it.
    workspaceId: row.workspace_id ?? undefined,
    ...(row.role === 'member' ? {} : { role: 'guest' as const }),
    ...(row.email === null ? {} : { email: row.email }),
    usesMax: row.uses_max ?? undefined,
    useCount: row.use_count,
    createdAtMs: row.created_at,
    expiresAtMs: row.expires_at,
  };
}

function* storeInvite(invite: Invite, storedMax: number): Operation<boolean> {
  const { creatorId, createdAtMs } = invite;
  const expired = 'DELETE FROM invites WHERE creator_id = $1 AND expires_at <= $2';
  yield* run(expired, creatorId, createdAtMs);
  const stored = yield* all<{ readonly id: string }>(
    'SELECT id FROM invites WHERE creator_id = $1 LIMIT $2',
    creatorId,
    storedMax,
  );
  if (stored.length === storedMax) return false;
  yield* run(
    `INSERT INTO invites (id, token_digest, creator_id, room_ids, workspace_id, role, email, uses_max, use_count, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    invite.id,
    invite.tokenDigest,
    creatorId,
    JSON.stringify(invite.roomIds),
    invite.workspaceId ?? null,
    invite.role ?? 'member',
    invite.email ?? null,
    invite.usesMax ?? null,
    invite.useCount,
    createdAtMs,
    invite.expiresAtMs,
  );
  if (invite.email !== undefined) {
    yield* queueMail({ id: invite.id, kind: 'invite', userId: creatorId, atMs: createdAtMs });
  }
  return true;
}

const insertInvite = audited(
  storeInvite,
  (isStored, { id: target }: Invite, _storedMax: number, by: By) =>
    isStored ? { ...by, action: 'invite.create', target } : undefined,
);

function* findInvite(tokenDigest: string): Operation<Invite | undefined> {
  const row = yield* one<InviteRow>(`${INVITE} WHERE token_digest = $1`, tokenDigest);
  return row && toInvite(row);
}

function* renewToken(id: string, digest: string, nowMs: number): Operation<Invite | undefined> {
  const sql = 'UPDATE invites SET token_digest = $1 WHERE id = $2 AND expires_at > $3';
  const isThere = (yield* run(sql, digest, id, nowMs)) === 1;
  return isThere ? yield* findInvite(digest) : undefined;
}

function* listInvites(
  creatorId: UserId | undefined,
  page: { readonly nowMs: number; readonly limit: number; readonly after?: TimeCursor },
): Operation<Invite[]> {
  const { nowMs, limit, after = LIST_START } = page;
  if (creatorId === undefined) {
    const listed = yield* all<InviteRow>(
      `${INVITE} WHERE created_at <= $2 AND (created_at < $2 OR id > $3) ORDER BY created_at DESC, id LIMIT $1`,
      limit,
      after.atMs,
      after.id,
    );
    return listed.map(toInvite);
  }
  const rows = yield* all<InviteRow>(
    `${INVITE} WHERE creator_id = $1 AND expires_at > $2
       AND (created_at < $4 OR (created_at = $4 AND id > $5)) ORDER BY created_at DESC, id LIMIT $3`,
    creatorId,
    nowMs,
    limit,
    after.atMs,
    after.id,
  );
  return rows.map(toInvite);
}

function* removeInvite(id: string, creatorId: UserId | undefined): Operation<boolean> {
  if (creatorId === undefined) return (yield* run('DELETE FROM invites WHERE id = $1', id)) === 1;
  const sql = 'DELETE FROM invites WHERE id = $1 AND creator_id = $2';
  return (yield* run(sql, id, creatorId)) === 1;
}

const deleteInvite = audited(
  removeInvite,
  (wasThere, target: string, _creatorId: UserId | undefined, by: By) =>
    wasThere ? { ...by, action: 'invite.revoke', target } : undefined,
);

/** Locks the invite until the end of the transaction. */
export function* findPlace({
  inviteId,
  userId,
  nowMs,
}: InviteUse): Operation<'open' | 'used' | 'closed'> {
  const row = yield* one<InviteRow>(`${INVITE} WHERE id = $1 FOR UPDATE`, inviteId);
  if (row === undefined || row.expires_at <= nowMs) return 'closed';
  const use = 'SELECT used_at FROM invite_uses WHERE invite_id = $1 AND user_id = $2';
  if ((yield* one(use, inviteId, userId)) !== undefined) return 'used';
  return hasPlace(toInvite(row)) ? 'open' : 'closed';
}

/** Requires that `findPlace` has answered `open` in this transaction. */
export function* noteUse({ inviteId, userId, nowMs }: InviteUse): Operation<void> {
  const sql = 'INSERT INTO invite_uses (invite_id, user_id, used_at) VALUES ($1, $2, $3)';
  yield* run(sql, inviteId, userId, nowMs);
  yield* run('UPDATE invites SET use_count = use_count + 1 WHERE id = $1', inviteId);
}

export function toInviteUsed({ inviteId, userId, address, nowMs }: InviteUse): Recorded {
  return { actor: userId, address, atMs: nowMs, action: 'invite.use', target: inviteId };
}

function* usePlace(use: InviteUse): Operation<'open' | 'used' | 'closed'> {
  const place = yield* findPlace(use);
  if (place === 'open') yield* noteUse(use);
  return place;
}

const takePlace = audited(usePlace, (place, use: InviteUse) =>
  place === 'open' ? toInviteUsed(use) : undefined,
);

export const INVITES = {
  reads: { findInvite, listInvites },
  writes: {},
  transactions: { insertInvite, renewToken, deleteInvite, takePlace },
} satisfies Feature;
