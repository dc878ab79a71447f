/** Names and e-mail address as users change them for their own account. */
import { ChatError, type UserId } from '@parley/protocol';
import type { ActingUser } from '../../model/identity.ts';
import type { Email, User } from '../../model/user.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import { byOf } from '../core/act.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { checkAddress } from '../primitives/email-address.ts';
import { rejectWait } from '../primitives/rate-limiter.ts';
import type { AccountChanges } from './account-changes.ts';
import type { AccountNotices } from './account-notices.ts';
import { checkUsername, looksTaken, usernameTaken } from './account-rules.ts';
import type { ConfirmationLimits } from './confirmation-limits.ts';
import type { Profiles } from './profiles.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Others learn a name by using it. */
const USERNAME_CHANGES = { attemptsMax: 3, windowMs: 30 * DAY_MS };

interface OwnProfileDependencies {
  readonly accounts: Pick<
    AccountStore,
    | 'countAttempt'
    | 'endFirstSteps'
    | 'findEmail'
    | 'findUser'
    | 'hasFirstSteps'
    | 'hasLookAlike'
    | 'setEmail'
    | 'setUsername'
  >;
  readonly profiles: Pick<Profiles, 'setDisplayName' | 'show'>;
  readonly accountChanges: Pick<AccountChanges, 'announce'>;
  readonly notices: Pick<AccountNotices, 'noteChange'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
  readonly confirmations: Pick<ConfirmationLimits, 'take'>;
  readonly secrets: Pick<Crypto, 'newId'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Whether this server sends mail: addresses are confirmed. */
  readonly hasMail: boolean;
}

interface ProfileChange {
  readonly displayName?: string;
  readonly username?: string;
  /** Empty: none. */
  readonly email?: string;
  /** The user has finished or dismissed the first steps. */
  readonly firstStepsDone?: true;
}

export interface ShownProfile {
  readonly user: User;
  readonly email: Email | undefined;
}

/** Every method rejects with {ChatError} UNAVAILABLE. */
export class OwnProfile {
  readonly #dependencies: OwnProfileDependencies;

  constructor(dependencies: OwnProfileDependencies) {
    this.#dependencies = dependencies;
  }

  async read({ id }: Pick<User, 'id'>): Promise<ShownProfile> {
    const { accounts } = this.#dependencies;
    const user = await accounts.findUser({ kind: 'id', id });
    if (user === undefined) throw new ChatError('UNAUTHENTICATED');
    return { user, email: await accounts.findEmail(id) };
  }

  /**
   * Changes what is given: first the username, then the rest.
   *
   * @param sessionKey Of the session that does it: the others are told.
   * @throws {ChatError} VALIDATION_ERROR; CONFLICT for a taken username, or a name that looks like that
   *   of another user; FORBIDDEN for a username that another application gives; RATE_LIMITED.
   */
  async change(
    user: ActingUser,
    { displayName, username, email, firstStepsDone }: ProfileChange,
    sessionKey?: string,
  ): Promise<ShownProfile> {
    const { accounts, profiles, notices, userLimits, secrets, clock, hasMail, confirmations } =
      this.#dependencies;
    const address = email === undefined || email.trim() === '' ? undefined : checkAddress(email);
    if (username !== undefined) await this.#setUsername(user, checkUsername(username), sessionKey);
    if (displayName !== undefined) {
      const { user: now } = await this.read(user);
      await profiles.setDisplayName({ ...user, ...now }, displayName);
    }
    if (email !== undefined) {
      await userLimits.changes.take(user.id);
      const former = await accounts.findEmail(user.id);
      const known = [former?.pending ?? former?.address, former?.isConfirmed && former.address];
      if (hasMail && address !== undefined && !known.includes(address)) {
        await confirmations.take(user.id, address);
      }
      const mailId = hasMail ? secrets.newId() : undefined;
      const isChanged = await accounts.setEmail(user.id, address, byOf(user, clock), mailId);
      // The new address gets a mail that confirms it, and until then does not count.
      const mailTo = former?.isConfirmed ? former.address : undefined;
      if (isChanged) notices.noteChange('email_changed', user, sessionKey, mailTo);
    }
    if (firstStepsDone === true) {
      await userLimits.changes.take(user.id);
      await accounts.endFirstSteps(user.id, clock.nowMs());
    }
    return this.read(user);
  }

  /** Whether the page leads the user through the first steps of an owner. */
  async hasFirstSteps({ id, role }: Pick<User, 'id' | 'role'>): Promise<boolean> {
    return role === 'owner' && (await this.#dependencies.accounts.hasFirstSteps(id));
  }

  async #setUsername(
    user: ActingUser,
    username: string,
    sessionKey: string | undefined,
  ): Promise<void> {
    const { accounts, profiles, accountChanges, notices, userLimits, clock } = this.#dependencies;
    await userLimits.changes.take(user.id);
    if (user.externalId !== undefined) {
      const message = 'Another application gives this account its username';
      throw new ChatError('FORBIDDEN', { field: 'username', message });
    }
    const { user: former } = await this.read(user);
    if (former.username === username) return;
    const named = await accounts.findUser({ kind: 'username', username });
    if (named !== undefined && named.id !== user.id) throw usernameTaken();
    if (await accounts.hasLookAlike(username, user.id)) throw looksTaken();
    await this.#countChange(user.id);
    // The shown name follows until the user has chosen one.
    const displayName = former.displayName === former.username ? username : former.displayName;
    const renamed = { ...former, username, displayName };
    const stored = await accounts.setUsername(renamed, byOf(user, clock));
    if (stored === 'taken') throw usernameTaken();
    if (stored === 'look-taken') throw looksTaken();
    profiles.show(renamed);
    // Connections keep the name with which they began: their clients reconnect.
    accountChanges.announce(user.id, []);
    notices.noteChange('username_changed', user, sessionKey);
  }

  async #countChange(userId: UserId): Promise<void> {
    const { accounts, clock } = this.#dependencies;
    const limit = { key: `username ${userId}`, ...USERNAME_CHANGES };
    rejectWait(await accounts.countAttempt([limit], clock.nowMs()));
  }
}
