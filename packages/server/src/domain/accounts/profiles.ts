/** The names that users show besides their usernames. */

import { ChatError, isBlank, LIMITS, type UserId } from '@parley/protocol';
import type { By } from '../../model/audit.ts';
import type { ActingUser } from '../../model/identity.ts';
import { lookOf } from '../../model/name-keys.ts';
import { fileIdOfUrl } from '../../model/stored-file.ts';
import { type RenamedUser, type Renaming, type User, userAt } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import { byOf } from '../core/act.ts';
import type { CoreEvents } from '../core/core-events.ts';
import type { EventHub } from '../core/event-hub.ts';
import type { OtherNodes } from '../core/other-nodes.ts';
import { findAcquainted, inReachOf, type ReachDependencies } from '../core/people-in-reach.ts';
import type { UserCache } from '../core/user-cache.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { rejectWait } from '../primitives/rate-limiter.ts';
import { type TextKind, toName } from '../primitives/text-validation.ts';
import { findImitated } from './imitated-name.ts';

interface ProfilesDependencies extends ReachDependencies {
  readonly accounts: Pick<
    AccountStore,
    | 'countAttempt'
    | 'findUser'
    | 'hasLookAlike'
    | 'listUsers'
    | 'listUsersByExternalId'
    | 'listUsersByLook'
    | 'listRenamed'
    | 'setAvatarUrl'
    | 'setDisplayName'
  >;
  readonly users: Pick<UserCache, 'forget'>;
  readonly events: Pick<EventHub<CoreEvents>, 'emit'>;
  readonly nodes: Pick<OtherNodes, 'isShared' | 'listen' | 'send'>;
  readonly userLimits: Pick<UserRateLimits, 'changes' | 'searches'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export interface UsersRequest {
  readonly ids: readonly UserId[];
  readonly usernames: readonly string[];
}

/** Maximum number of users with the same name who are shown in another way at once. */
const SHARED_MAX = 20;

/** Each is recorded with both names: no other name is hidden among many. */
const OWN_CHANGES = { attemptsMax: 20, windowMs: 60 * 60 * 1000 };

const DISPLAY_NAME: TextKind = {
  field: 'displayName',
  noun: 'The name',
  lengthMax: LIMITS.displayNameLengthMax,
};

export class Profiles {
  readonly #dependencies: ProfilesDependencies;
  #unsubscribe: (() => void) | undefined;

  constructor(dependencies: ProfilesDependencies) {
    this.#dependencies = dependencies;
  }

  async begin(): Promise<void> {
    const { nodes } = this.#dependencies;
    if (!nodes.isShared) return;
    this.#unsubscribe = await nodes.listen({ renamed: (renaming) => this.#show(renaming) });
  }

  close(): void {
    this.#unsubscribe?.();
  }

  /**
   * Sets the name to show, or the username for an empty text, and sends it to the users who share a
   * room.
   *
   * @throws {ChatError} VALIDATION_ERROR; CONFLICT for a name that looks like the username of
   *   another user; RATE_LIMITED, UNAVAILABLE.
   */
  async setDisplayName(user: ActingUser, written: string): Promise<User> {
    const { userLimits, accounts, clock } = this.#dependencies;
    await userLimits.changes.take(user.id);
    const limit = { key: `displayName ${user.id}`, ...OWN_CHANGES };
    return this.rename(user, written, byOf(user, clock), async () => {
      rejectWait(await accounts.countAttempt([limit], clock.nowMs()));
    });
  }

  /** As `setDisplayName`, for another user, without its limits. */
  async rename(user: User, written: string, by?: By, count?: () => Promise<void>): Promise<User> {
    const { accounts } = this.#dependencies;
    const displayName = isBlank(written) ? user.username : toName(written, DISPLAY_NAME);
    await this.#requireOwn(user, displayName);
    const former = (await accounts.findUser({ kind: 'id', id: user.id })) ?? user;
    if (displayName !== former.displayName) await count?.();
    return this.#rename(former, displayName, by);
  }

  /**
   * Shows another picture of a user, or none.
   *
   * @throws {ChatError} FORBIDDEN if another application gives it; UNAVAILABLE.
   */
  async setAvatar(user: User, avatarUrl: string | undefined, by?: By): Promise<User> {
    const { accounts } = this.#dependencies;
    const former = (await accounts.findUser({ kind: 'id', id: user.id })) ?? user;
    requireOwnPicture(former);
    if (!(await accounts.setAvatarUrl(user.id, avatarUrl, by))) throw new ChatError('FORBIDDEN');
    const shown = { ...former, avatarUrl };
    this.#announce(shown);
    return shown;
  }

  /**
   * Shows the name and the picture that the issuer of the user's tokens gives from now on.
   *
   * @throws {ChatError} UNAVAILABLE.
   */
  async follow(
    user: User,
    { displayName, avatarUrl }: Pick<User, 'displayName' | 'avatarUrl'>,
  ): Promise<User> {
    if (avatarUrl !== user.avatarUrl) {
      await this.#dependencies.accounts.setAvatarUrl(user.id, avatarUrl);
    }
    return this.#rename({ ...user, avatarUrl }, displayName);
  }

  async #rename(user: User, displayName: string, by?: By): Promise<User> {
    const { accounts } = this.#dependencies;
    if (!(await accounts.setDisplayName(user, displayName, by))) throw new ChatError('FORBIDDEN');
    // Users whose name looked or looks the same are from now on shown in another way.
    const looks = new Set([lookOf(displayName), lookOf(user.displayName)]);
    const affected = await Promise.all(
      [...looks].map((look) => accounts.listUsersByLook(look, SHARED_MAX)),
    );
    let shown: User = { ...user, displayName };
    for (const each of affected.flat()) {
      if (each.id === user.id) shown = each;
      else this.#announce(each);
    }
    this.#announce(shown);
    return shown;
  }

  /**
   * The users with these ids, of Parley or of their application, and usernames. Former usernames lead to those whom
   * the user knows: a stranger does not learn from one how a user is called now. Unknown users are omitted, and those
   * whom the user does not reach. A suspension that is over is left out of them.
   *
   * @throws {ChatError} RATE_LIMITED, UNAVAILABLE.
   */
  async list(
    user: User,
    { ids, usernames }: UsersRequest,
  ): Promise<{ readonly users: readonly User[]; readonly renamed: readonly RenamedUser[] }> {
    const { accounts, userLimits, clock } = this.#dependencies;
    await userLimits.searches.take(user.id);
    const found = await Promise.all([
      accounts.listUsers(ids, usernames),
      ids.length === 0 ? [] : accounts.listUsersByExternalId(ids),
    ]);
    const named = [
      ...new Map(found.flat().map((each) => [each.id, userAt(each, clock.nowMs())])).values(),
    ];
    const known = new Set(named.map(({ username }) => username.toLowerCase()));
    const others = usernames.filter((name) => !known.has(name.toLowerCase()));
    const users = await inReachOf(this.#dependencies, user, named);
    if (others.length === 0) return { users, renamed: [] };
    const renamed = await accounts.listRenamed(others);
    const people = renamed.map((each) => each.user);
    const acquainted = await findAcquainted(this.#dependencies, user, people);
    const isShown = ({ id }: User) => id === user.id || acquainted.has(id);
    return { users, renamed: renamed.filter((each) => isShown(each.user)) };
  }

  async #requireOwn({ id: userId }: User, displayName: string): Promise<void> {
    const { accounts } = this.#dependencies;
    switch (await findImitated(accounts, { displayName, userId })) {
      case 'server': {
        const message = 'This name is reserved';
        throw new ChatError('VALIDATION_ERROR', { field: 'displayName', message });
      }
      case 'user':
        throw new ChatError('CONFLICT', { field: 'displayName' });
      default:
    }
  }

  /** Shows a user whose username, or what else is shown of the user, has changed. */
  show(user: User): void {
    this.#announce(user);
  }

  #announce({ id: userId, ...user }: User): void {
    const { displayName, username, isNameShared, avatarUrl, hidesLastSeen = false } = user;
    const renaming = { userId, displayName, username, isNameShared, avatarUrl, hidesLastSeen };
    this.#show(renaming);
    this.#dependencies.nodes.send({ kind: 'renamed', ...renaming });
  }

  #show(renaming: Renaming): void {
    this.#dependencies.users.forget(renaming.userId);
    this.#dependencies.events.emit('renamed', renaming);
  }
}

/** @throws {ChatError} FORBIDDEN. */
function requireOwnPicture({ avatarUrl }: User): void {
  if (avatarUrl === undefined || fileIdOfUrl(avatarUrl) !== undefined) return;
  const message = 'Another application gives this account its picture';
  throw new ChatError('FORBIDDEN', { field: 'avatar', message });
}
