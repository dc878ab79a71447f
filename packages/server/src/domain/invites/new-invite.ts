/** Makes and stores links that let people in, for users and for the operator. */
import { ChatError, type RoomId, type UserId, type WorkspaceId } from '@parley/protocol';
import type { By } from '../../model/audit.ts';
import type { Invite } from '../../model/invite.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { InviteStore } from '../../ports/invite-store.ts';
import { parseTime } from '../primitives/iso-time.ts';

/** Terms of a link, besides the rooms. */
export interface InviteTerms {
  /** Default: any number. */
  readonly uses?: number | undefined;
  /** ISO 8601. Default: in 7 days. */
  readonly expiresAt?: string | undefined;
  /** Of new accounts. Default: member. */
  readonly role?: 'member' | 'guest' | undefined;
  /** The link is mailed there: it is for one user, and returned to no one else. */
  readonly email?: string | undefined;
}

interface NewInviteDependencies {
  readonly invites: Pick<InviteStore, 'insertInvite'>;
  readonly secrets: Pick<Crypto, 'digest' | 'newId' | 'newToken'>;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const VALID_DAYS_DEFAULT = 7;
const VALID_DAYS_MAX = 366;
/** Of one user. */
const STORED_MAX = 1000;

/**
 * Returns the invite with the token of its link, which is stored nowhere.
 *
 * @throws {ChatError} VALIDATION_ERROR, CONFLICT if the creator has too many.
 */
export async function createInvite(
  { invites, secrets }: NewInviteDependencies,
  request: InviteTerms & {
    readonly creatorId: UserId;
    readonly roomIds: readonly RoomId[];
    readonly workspaceId: WorkspaceId | undefined;
  },
  by: By,
): Promise<{ invite: Invite; token: string }> {
  const { creatorId, roomIds, workspaceId, role, email } = request;
  const usesMax = email === undefined ? request.uses : 1;
  const expiresAtMs = toExpiry(request.expiresAt, by.atMs);
  const token = secrets.newToken();
  const invite: Invite = {
    ...{ id: secrets.newId(), tokenDigest: secrets.digest(token), creatorId },
    ...{ roomIds, workspaceId, usesMax, useCount: 0 },
    ...{ createdAtMs: by.atMs, expiresAtMs },
    ...(role === 'guest' ? { role } : {}),
    ...(email === undefined ? {} : { email }),
  };
  if (await invites.insertInvite(invite, STORED_MAX, by)) return { invite, token };
  const message = `A user has at most ${STORED_MAX} invitation links: revoke some`;
  throw new ChatError('CONFLICT', { message });
}

/** @throws {ChatError} VALIDATION_ERROR. */
function toExpiry(expiresAt: string | undefined, nowMs: number): number {
  if (expiresAt === undefined) return nowMs + VALID_DAYS_DEFAULT * DAY_MS;
  const atMs = parseTime(expiresAt, 'expiresAt');
  if (atMs > nowMs && atMs <= nowMs + VALID_DAYS_MAX * DAY_MS) return atMs;
  const message = `'expiresAt' must be in the future, at most ${VALID_DAYS_MAX} days away`;
  throw new ChatError('VALIDATION_ERROR', { field: 'expiresAt', message });
}
