/** Accounts as owners and admins of the server manage them while it runs. */

import { ChatError, foldName, type UserId } from '@parley/protocol';
import {
  type AccountAction,
  mayAdminister,
  mayListAccounts,
  mayModerateServer,
  mayPurge,
} from '../../model/administration-rules.ts';
import type { By } from '../../model/audit.ts';
import type { Identity } from '../../model/identity.ts';
import { cutPage, type Page, type PageRequest } from '../../model/page.ts';
import type { MessagesOfDeleted } from '../../model/removal.ts';
import type { AccountRefusal } from '../../model/session.ts';
import { type Account, type Role, type User, userAt } from '../../model/user.ts';
import { DEFAULT_WORKSPACE_ID } from '../../model/workspace.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { RemovalStore } from '../../ports/removal-store.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import { byOf } from '../core/act.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { type RestrictionRequest, toRestriction } from '../rooms/room-restrictions.ts';
import type { AccountChanges } from './account-changes.ts';
import { refusal, requireChanged } from './account-refusal.ts';
import { deleteAccount } from './delete-account.ts';
import { findUserById } from './find-user-by-id.ts';
import { requireFullSession } from './full-session.ts';
import { createPasswordReset, type NewPasswordReset } from './password-resets.ts';
import type { Profiles } from './profiles.ts';
import type { Sessions } from './sessions.ts';

/** Number of accounts in one page, unless the caller asks for another. */
const LISTED_DEFAULT = 50;

interface AccountsRequest extends PageRequest {
  /** The beginning of a word of a name; undefined for all accounts. */
  readonly text?: string | undefined;
}

interface UserAdministrationDependencies {
  readonly accounts: Pick<
    AccountStore,
    | 'findUser'
    | 'findAccount'
    | 'findCredentials'
    | 'insertPasswordReset'
    | 'listAccounts'
    | 'listUsersByExternalId'
  >;
  readonly sessionStore: Pick<SessionStore, 'setRole' | 'setDisabled'>;
  readonly removals: Pick<RemovalStore, 'deleteAccount' | 'insertPurge'>;
  readonly rooms: Pick<RoomStore, 'findRoom' | 'listDefaultRooms'>;
  readonly connectedUsers: Pick<ConnectedUsers, 'joinedRoom'>;
  readonly sessions: Pick<Sessions, 'endAllOf'>;
  readonly accountChanges: Pick<AccountChanges, 'announce'>;
  readonly profiles: Pick<Profiles, 'rename' | 'setAvatar'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
  readonly secrets: Pick<Crypto, 'digest' | 'newId' | 'newToken'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/**
 * Every method rejects with {ChatError} FORBIDDEN for those who may not do it, and for a token that is
 * only for connections; NOT_FOUND for an unknown id, CONFLICT if the server would have no enabled owner
 * left, RATE_LIMITED, UNAVAILABLE.
 */
export class UserAdministration {
  readonly #dependencies: UserAdministrationDependencies;

  constructor(dependencies: UserAdministrationDependencies) {
    this.#dependencies = dependencies;
  }

  /** All accounts by username. */
  async list(
    identity: Identity,
    { text = '', after, limit = LISTED_DEFAULT }: AccountsRequest,
  ): Promise<Page<Account>> {
    requireRight(identity, mayListAccounts);
    const start = foldName(text.trim().replace(/^@/u, ''));
    const rows = await this.#dependencies.accounts.listAccounts({
      ...{ after, limit: limit + 1 },
      start: start === '' ? undefined : start,
    });
    const nowMs = this.#dependencies.clock.nowMs();
    const shown = rows.map((row) => ({ ...row, user: userAt(row.user, nowMs) }));
    return cutPage(shown, limit, ({ user }) => user.username);
  }

  async setRole(identity: Identity, id: UserId, role: Role): Promise<Account> {
    return this.#change(identity, `make-${role}`, id, async (userId, by) => {
      const outcome = await this.#dependencies.sessionStore.setRole(userId, role, by);
      if (outcome === 'changed') await this.#noteDefaultRooms(userId);
      // The sessions stay, and their connections get the role.
      return outcome === 'changed' || outcome === 'unchanged' ? [] : outcome;
    });
  }

  /** Sets the role, the shown name, or both; a name that is rejected leaves the role as it is. */
  async change(
    identity: Identity,
    id: UserId,
    { role, displayName }: { readonly role?: Role; readonly displayName?: string },
  ): Promise<Account> {
    const { profiles, clock } = this.#dependencies;
    const account = await this.#require(identity, displayName === undefined ? [] : ['rename'], id);
    const { user } = account;
    const isAllowed = role === undefined || mayAdminister(identity.user, `make-${role}`, user);
    if (!isAllowed) throw new ChatError('FORBIDDEN');
    const by = byOf(identity.user, clock);
    const shown = displayName === undefined ? user : await profiles.rename(user, displayName, by);
    if (role !== undefined) return this.setRole(identity, id, role);
    return { ...account, user: shown };
  }

  /** Shows the user without a picture; those who may change a name may do it. */
  async removeAvatar(identity: Identity, id: UserId): Promise<void> {
    const { profiles, clock } = this.#dependencies;
    const { user } = await this.#require(identity, ['rename'], id);
    await profiles.setAvatar(user, undefined, byOf(identity.user, clock));
  }

  /**
   * Ends all sessions and connections of the user, on all nodes; nobody can log in until it is enabled,
   * or until the end if there is one. Also VALIDATION_ERROR.
   */
  async disable(
    identity: Identity,
    id: UserId,
    request: RestrictionRequest = {},
  ): Promise<Account> {
    const { sessionStore, clock } = this.#dependencies;
    const suspension = toRestriction(request, clock.nowMs());
    return this.#change(identity, 'disable', id, (userId, by) =>
      sessionStore.setDisabled(userId, by.atMs, by, suspension),
    );
  }

  async enable(identity: Identity, id: UserId): Promise<Account> {
    return this.#change(identity, 'enable', id, (userId, by) =>
      this.#dependencies.sessionStore.setDisabled(userId, undefined, by),
    );
  }

  /**
   * Deletes the account of a user with a lower role: its sessions end and its names go at once, its
   * memberships and perhaps its messages in steps.
   */
  async delete(identity: Identity, id: UserId, messages: MessagesOfDeleted): Promise<void> {
    const { accountChanges, clock } = this.#dependencies;
    const { user } = await this.#require(identity, ['delete'], id);
    const by = byOf(identity.user, clock);
    accountChanges.announce(user.id, await deleteAccount(this.#dependencies, user, messages, by));
  }

  /** Deletes all messages of a user with a lower role, in steps. Returns the id of the removal. */
  async purge(identity: Identity, userId: UserId): Promise<string> {
    const { removals, secrets, clock } = this.#dependencies;
    const { user } = await this.#find(identity, userId, mayModerateServer);
    if (!mayPurge(identity.user, user)) throw new ChatError('FORBIDDEN');
    const id = secrets.newId();
    const purge = { id, userId: user.id };
    const outcome = await removals.insertPurge(purge, byOf(identity.user, clock));
    if (outcome !== 'noted') throw refusal(outcome, 'set');
    return id;
  }

  async endSessions(identity: Identity, id: UserId): Promise<void> {
    const { user } = await this.#require(identity, ['end-sessions'], id);
    const { sessions, clock } = this.#dependencies;
    await sessions.endAllOf(user, 'ended', byOf(identity.user, clock));
  }

  /** A link with which the user sets a new password; also FORBIDDEN for an account without a password. */
  async createPasswordReset(identity: Identity, id: UserId): Promise<NewPasswordReset> {
    const { user } = await this.#require(identity, ['reset-password'], id);
    const { accounts, clock } = this.#dependencies;
    const found = await accounts.findCredentials(user.username);
    if (found === undefined) throw unknownUser();
    return createPasswordReset(this.#dependencies, found, byOf(identity.user, clock));
  }

  async #change(
    identity: Identity,
    action: AccountAction,
    id: UserId,
    change: (userId: UserId, by: By) => Promise<readonly string[] | AccountRefusal>,
  ): Promise<Account> {
    const { accountChanges, clock } = this.#dependencies;
    const { user } = await this.#require(identity, [action], id);
    const { id: userId } = user;
    const changed = await change(userId, byOf(identity.user, clock));
    const act = action === 'enable' ? 'lift' : 'set';
    accountChanges.announce(userId, requireChanged(changed, act));
    return this.#read(userId);
  }

  /** A former guest has become a member of them. */
  async #noteDefaultRooms(userId: UserId): Promise<void> {
    const { rooms, connectedUsers } = this.#dependencies;
    for (const room of await rooms.listDefaultRooms(DEFAULT_WORKSPACE_ID)) {
      const found = await rooms.findRoom({ kind: 'id', id: room.id }, userId);
      if (found?.role !== undefined) connectedUsers.joinedRoom(userId, room);
    }
  }

  async #require(
    identity: Identity,
    actions: readonly AccountAction[],
    id: UserId,
  ): Promise<Account> {
    const account = await this.#find(identity, id, mayListAccounts);
    const isAllowed = actions.every((action) => mayAdminister(identity.user, action, account.user));
    if (!isAllowed) throw new ChatError('FORBIDDEN');
    return account;
  }

  async #find(identity: Identity, id: UserId, mayFind: (actor: User) => boolean): Promise<Account> {
    const { accounts, userLimits } = this.#dependencies;
    await userLimits.changes.take(identity.user.id);
    requireRight(identity, mayFind);
    const found = await findUserById(accounts, id);
    if (found === undefined) throw unknownUser();
    const account = await this.#read(found.id);
    if (account.user.deletedAtMs !== undefined) throw unknownUser();
    return account;
  }

  /** Not from the cache: another node may have changed the account. */
  async #read(userId: UserId): Promise<Account> {
    const account = await this.#dependencies.accounts.findAccount(userId);
    if (account === undefined) throw unknownUser();
    return { ...account, user: userAt(account.user, this.#dependencies.clock.nowMs()) };
  }
}

function requireRight(identity: Identity, mayDoIt: (actor: User) => boolean): void {
  requireFullSession(identity);
  if (!mayDoIt(identity.user)) throw new ChatError('FORBIDDEN');
}

function unknownUser(): ChatError {
  return new ChatError('NOT_FOUND', { field: 'id' });
}
