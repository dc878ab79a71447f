/** Deletion of accounts, and of all messages of a user. Pages load it when they need it. */
import type { UserId } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

interface HasHttp {
  readonly http: Pick<Http, 'call'>;
}

/** Whether the messages of a deleted account stay. */
export type MessagesOfDeleted = 'keep' | 'delete';

/**
 * Deletes the account of a user with a lower role, for good. The username stays reserved.
 *
 * @throws {ChatError} `FORBIDDEN`, `NOT_FOUND`.
 */
export async function deleteAccount(
  { http }: HasHttp,
  id: UserId,
  messages: MessagesOfDeleted,
): Promise<void> {
  await http.call('DELETE', `/api/admin/users/${encodeURIComponent(id)}`, { messages });
}

/** Deletes all messages of a user with a lower role, in steps. @throws {ChatError} As `deleteAccount`. */
export async function purgeUser({ http }: HasHttp, id: UserId): Promise<void> {
  await http.call('POST', `/api/admin/users/${encodeURIComponent(id)}/purge`);
}

/**
 * Deletes the account of the user, for good; all sessions of the user end.
 *
 * @throws {ChatError} `FORBIDDEN` for a wrong password, or an account without one; `CONFLICT` for the
 * last enabled owner.
 */
export async function deleteOwnAccount(
  { http }: HasHttp,
  deletion: { readonly password: string; readonly messages: MessagesOfDeleted },
): Promise<void> {
  await http.call('DELETE', '/api/me', deletion);
}
