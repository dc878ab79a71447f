/** The audit log, for owners and admins of the server. Pages load it when they need it. */
import type { AuditAction } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

interface HasHttp {
  readonly http: Pick<Http, 'call'>;
}

export interface AuditEntry {
  readonly id: number;
  /** ISO 8601. */
  readonly at: string;
  /** Id of a user, `operator` or `server`. */
  readonly actor: string;
  readonly actorName?: string;
  /** Of this version of the server or another one. */
  readonly action: AuditAction | string;
  readonly target: string;
  readonly targetName?: string;
  /** A role, what was changed, or the ids of the room and of the message; at its end `more` and a number of further acts. */
  readonly detail?: string;
  /** Of a change of a name, until the account is deleted. */
  readonly renamed?: { readonly from: string; readonly to: string };
  /** Of the room in which it was done. */
  readonly roomName?: string;
  /** Of the client; empty if unknown. */
  readonly address: string;
}

export interface AuditPage {
  /** Latest first. */
  readonly entries: readonly AuditEntry[];
  /** Continues the list; absent at its end. */
  readonly next?: string;
}

/**
 * A page of the audit log.
 *
 * @param query `actor` is the id or name of a user, `operator` or `server`; `after` is `next` of the page before.
 * @throws {ChatError} `FORBIDDEN` without the role, `NOT_FOUND` if no user has the name of the actor,
 * `UNAUTHENTICATED`, `UNAVAILABLE`.
 */
export async function listAudit(
  { http }: HasHttp,
  query: {
    readonly actor?: string | undefined;
    readonly action?: AuditAction | undefined;
    readonly after?: string | undefined;
  } = {},
): Promise<AuditPage> {
  const given = Object.entries(query).flatMap(([name, value]) => (value ? [[name, value]] : []));
  const answer = await http.call('GET', `/api/admin/audit?${new URLSearchParams(given)}`);
  // The server documents the answer of this route.
  const { entries, next } = answer as AuditPage;
  return { entries, ...(next === undefined ? {} : { next }) };
}
