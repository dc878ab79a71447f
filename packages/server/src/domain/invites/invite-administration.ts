/** Links that let people in, as the operator manages them. */
import { ChatError } from '@parley/protocol';
import { type By, OPERATOR } from '../../model/audit.ts';
import type { Invite } from '../../model/invite.ts';
import type { TimeCursor } from '../../model/page.ts';
import { isDisabled, type User } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { InviteStore } from '../../ports/invite-store.ts';
import { requireRight } from '../core/require-right.ts';
import { createInvite, type InviteTerms } from './new-invite.ts';

/** Accounts or links that one read returns. */
const PAGE_LENGTH = 500;

interface InviteAdministrationDependencies {
  readonly accounts: Pick<AccountStore, 'findCredentials' | 'listAccounts' | 'listUsers'>;
  readonly invites: Pick<InviteStore, 'insertInvite' | 'listInvites' | 'deleteInvite'>;
  readonly secrets: Pick<Crypto, 'digest' | 'newId' | 'newToken'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Name of the operator at the system, and of the system: `name@host`. */
  readonly operator: string;
}

interface ListedInvite {
  readonly invite: Invite;
  readonly creator: string;
}

export class InviteAdministration {
  readonly #dependencies: InviteAdministrationDependencies;

  constructor(dependencies: InviteAdministrationDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Creates a link to the server in the name of a user: it is valid as long as that user may let others
   * in. Without a name, in that of an owner.
   *
   * @throws {ChatError} NOT_FOUND, FORBIDDEN, VALIDATION_ERROR, CONFLICT.
   */
  async create(
    username: string | undefined,
    terms: InviteTerms,
  ): Promise<{ invite: Invite; token: string }> {
    const creator = await this.#findCreator(username);
    requireRight(creator, 'create-invites');
    const request = { ...terms, creatorId: creator.id, roomIds: [], workspaceId: undefined };
    return createInvite(this.#dependencies, request, this.#by());
  }

  /** All links with the usernames of their creators, latest first, also those that have expired. */
  async *list(): AsyncGenerator<ListedInvite> {
    const { accounts, invites, clock } = this.#dependencies;
    let after: TimeCursor | undefined;
    do {
      const bounds = { nowMs: clock.nowMs(), limit: PAGE_LENGTH };
      const page = await invites.listInvites(undefined, after ? { ...bounds, after } : bounds);
      const creators = await accounts.listUsers([...new Set(page.map((each) => each.creatorId))]);
      const names = new Map(creators.map(({ id, username }) => [id, username]));
      for (const invite of page) yield { invite, creator: names.get(invite.creatorId) ?? '' };
      const last = page.length < PAGE_LENGTH ? undefined : page.at(-1);
      after = last && { atMs: last.createdAtMs, id: last.id };
    } while (after !== undefined);
  }

  /** @throws {ChatError} NOT_FOUND. */
  async revoke(id: string): Promise<void> {
    if (await this.#dependencies.invites.deleteInvite(id, undefined, this.#by())) return;
    throw new ChatError('NOT_FOUND', { field: 'id', message: 'No link has this id' });
  }

  /** @throws {ChatError} NOT_FOUND. */
  async #findCreator(username: string | undefined): Promise<User> {
    const { accounts, clock } = this.#dependencies;
    const nowMs = clock.nowMs();
    if (username !== undefined) {
      const found = await accounts.findCredentials(username.trim());
      if (found !== undefined && !isDisabled(found.user, nowMs)) return found.user;
      throw new ChatError('NOT_FOUND', { field: 'by', message: 'No enabled user has this name' });
    }
    let after: string | undefined;
    do {
      const page = await accounts.listAccounts({ after, limit: PAGE_LENGTH });
      const owner = page.find(({ user }) => user.role === 'owner' && !isDisabled(user, nowMs));
      if (owner !== undefined) return owner.user;
      after = page.length < PAGE_LENGTH ? undefined : page.at(-1)?.user.username;
    } while (after !== undefined);
    const message = 'The server has no owner: name another user with --by';
    throw new ChatError('NOT_FOUND', { field: 'by', message });
  }

  #by(): By {
    const { operator: address, clock } = this.#dependencies;
    return { actor: OPERATOR, address, atMs: clock.nowMs() };
  }
}
