/** Lists invitations that the user has not answered. Outside of the classes, so that pages load it when they need it. */
import type { InvitationActivity, UserId } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

export interface InvitationsPage {
  /** Latest first. */
  readonly invitations: readonly InvitationActivity[];
  /** Continues the list; absent at its end. */
  readonly next?: string;
}

/** As the server documents it. */
interface InvitationsBody {
  readonly invitations: readonly {
    readonly id: string;
    readonly kind: 'workspace' | 'group';
    readonly name: string;
    readonly inviter: { readonly userId: UserId; readonly username: string };
    readonly createdAt: string;
  }[];
  readonly next?: string;
}

/**
 * A page of the invitations.
 *
 * @param after From the page before.
 * @throws {ChatError} `UNAUTHENTICATED`, `UNAVAILABLE`.
 */
export async function listInvitations(
  { http }: { readonly http: Pick<Http, 'call'> },
  after?: string,
): Promise<InvitationsPage> {
  const query = after === undefined ? '' : `?after=${encodeURIComponent(after)}`;
  const answer = await http.call('GET', `/api/invitations${query}`);
  const { invitations, next } = answer as InvitationsBody;
  return {
    invitations: invitations.map(({ id, kind, name, inviter, createdAt }) => ({
      kind: 'invitation',
      targetId: id,
      targetKind: kind,
      name,
      actor: { id: inviter.userId, username: inviter.username },
      timestamp: createdAt,
      unread: true,
    })),
    ...(next === undefined ? {} : { next }),
  };
}
