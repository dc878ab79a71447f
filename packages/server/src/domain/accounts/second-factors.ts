/** The second factor of a user's own account: set up with an authenticator app, and removed. */
import { ChatError, type UserId } from '@parley/protocol';
import type { Identity } from '../../model/identity.ts';
import type { CodeProof } from '../../model/second-factor.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { TotpKeys } from '../../ports/totp-keys.ts';
import { byOf } from '../core/act.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { AccountNotices } from './account-notices.ts';
import type { Accounts } from './accounts.ts';
import type { FactorProofs } from './factor-proofs.ts';
import { requireFullSession } from './full-session.ts';
import { requirePassword } from './password-resets.ts';
import type { RecentProof } from './recent-proof.ts';
import type { RequiredSignIn } from './required-sign-in.ts';
import type { Sessions } from './sessions.ts';

const RECOVERY_CODES = 10;
/** In hexadecimal digits: 80 random bits, which need no slow hash. */
const [RECOVERY_GROUPS, RECOVERY_GROUP_LENGTH] = [5, 4];
/** Name of the issuer in authenticator apps. */
const ISSUER = 'Parley';

interface SecondFactorsDependencies {
  readonly accounts: Pick<
    AccountStore,
    | 'findCredentials'
    | 'findSecondFactor'
    | 'startSecondFactor'
    | 'confirmSecondFactor'
    | 'removeSecondFactor'
    | 'replaceRecoveryCodes'
  >;
  readonly passwords: Pick<Accounts, 'requirePassword'>;
  readonly proofs: Pick<FactorProofs, 'verify' | 'recoveryDigestOf'>;
  readonly recentProof: Pick<RecentProof, 'require'>;
  readonly requiredSignIn: Pick<RequiredSignIn, 'requireFirstFactor' | 'requireRemovable'>;
  readonly notices: Pick<AccountNotices, 'noteChange'>;
  readonly sessions: Pick<Sessions, 'cutAfterFactor'>;
  readonly totpKeys: Pick<TotpKeys, 'create'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
  readonly secrets: Pick<Crypto, 'digest' | 'newToken'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/**
 * Every method rejects with {ChatError} FORBIDDEN for a token that is only for connections,
 * UNAVAILABLE.
 */
export class SecondFactors {
  readonly #dependencies: SecondFactorsDependencies;

  constructor(dependencies: SecondFactorsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Number of unused recovery codes; undefined if logins need no code. */
  async countRecoveryCodes(identity: Identity): Promise<number | undefined> {
    requireFullSession(identity);
    const factor = await this.#dependencies.accounts.findSecondFactor(identity.user.id);
    return factor?.isConfirmed === true ? factor.recoveryDigests.length : undefined;
  }

  /**
   * Creates a secret for an authenticator app, in place of one that was not confirmed; logins need no
   * code before it is confirmed.
   *
   * @param password Needed without a recent proof.
   * @throws {ChatError} FORBIDDEN for a missing or wrong password, or an account without one; CONFLICT
   *   if there is a second factor, RATE_LIMITED.
   */
  async start(
    identity: Identity,
    password: string | undefined,
  ): Promise<{ readonly secret: string; readonly uri: string }> {
    requireFullSession(identity);
    const { accounts, totpKeys, requiredSignIn } = this.#dependencies;
    const { user } = identity;
    await requiredSignIn.requireFirstFactor(identity);
    await this.#requireOwner(identity, password);
    const { secret, sealed } = totpKeys.create(user.id);
    if (!(await accounts.startSecondFactor(user.id, sealed))) {
      throw new ChatError('CONFLICT', { message: 'Two-step sign-in is already on' });
    }
    const label = encodeURIComponent(`${ISSUER}:${user.username}`);
    return { secret, uri: `otpauth://totp/${label}?secret=${secret}&issuer=${ISSUER}` };
  }

  /**
   * Turns the second factor on, and returns recovery codes, each for one login without the app. All other
   * sessions of the user end: they began without it.
   *
   * @throws {ChatError} FORBIDDEN for a wrong code, CONFLICT if none was started or it is on,
   *   RATE_LIMITED.
   */
  async confirm(identity: Identity, code: string): Promise<readonly string[]> {
    requireFullSession(identity);
    const { accounts, proofs, notices, clock, requiredSignIn, sessions } = this.#dependencies;
    const { user } = identity;
    await requiredSignIn.requireFirstFactor(identity);
    const factor = await accounts.findSecondFactor(user.id);
    if (factor === undefined || factor.isConfirmed) throw notStarted();
    const proof = requireProof(await proofs.verify(factor, code));
    // An unconfirmed factor has no recovery codes.
    if (proof.kind !== 'totp') throw wrongCode();
    const { codes, digests } = this.#newRecoveryCodes(user.id);
    const by = byOf(user, clock);
    const { sessionKey } = identity;
    const ended = await accounts.confirmSecondFactor(user.id, proof, digests, by, sessionKey);
    if (ended === undefined) throw notStarted();
    sessions.cutAfterFactor(user.id, ended, sessionKey);
    notices.noteChange('factor_added', user, identity.sessionKey);
    return codes;
  }

  /**
   * Replaces the recovery codes, of which none of the former ones is valid from then on. Returns the new ones.
   *
   * @throws {ChatError} FORBIDDEN with `proof` without a recent proof, CONFLICT if it is off,
   *   RATE_LIMITED.
   */
  async renewRecoveryCodes(identity: Identity): Promise<readonly string[]> {
    const { accounts, recentProof, notices, userLimits, clock } = this.#dependencies;
    const { user } = identity;
    await userLimits.changes.take(user.id);
    await recentProof.require(identity);
    const { codes, digests } = this.#newRecoveryCodes(user.id);
    if (!(await accounts.replaceRecoveryCodes(user.id, digests, byOf(user, clock)))) throw isOff();
    notices.noteChange('recovery_codes_changed', user, identity.sessionKey);
    return codes;
  }

  /**
   * Turns the second factor off.
   *
   * @throws {ChatError} FORBIDDEN for a wrong password or code, or if the server requires a factor;
   *   CONFLICT if it is off, RATE_LIMITED.
   */
  async remove(
    identity: Identity,
    { password, code }: { readonly password: string; readonly code: string },
  ): Promise<void> {
    requireFullSession(identity);
    const { accounts, passwords, proofs, notices, requiredSignIn, clock } = this.#dependencies;
    const { user } = identity;
    requiredSignIn.requireRemovable(user);
    await passwords.requirePassword(user, password, 'password');
    const factor = await accounts.findSecondFactor(user.id);
    if (factor?.isConfirmed !== true) throw isOff();
    const proof = requireProof(await proofs.verify(factor, code));
    const isDone = await accounts.removeSecondFactor(user.id, proof, byOf(user, clock));
    if (!isDone) throw wrongCode();
    notices.noteChange('factor_removed', user, identity.sessionKey);
  }

  async #requireOwner(identity: Identity, password: string | undefined): Promise<void> {
    const { accounts, passwords, recentProof } = this.#dependencies;
    const { user } = identity;
    const found = await accounts.findCredentials(user.username);
    requirePassword(found?.passwordHash);
    if (password === undefined) await recentProof.require(identity);
    else await passwords.requirePassword(user, password, 'password');
  }

  #newRecoveryCodes(userId: UserId): {
    readonly codes: readonly string[];
    readonly digests: readonly string[];
  } {
    const { proofs } = this.#dependencies;
    const codes = Array.from({ length: RECOVERY_CODES }, () => this.#newRecoveryCode());
    const digests = codes.map((each) => proofs.recoveryDigestOf(userId, each.replaceAll('-', '')));
    return { codes, digests };
  }

  #newRecoveryCode(): string {
    const { secrets } = this.#dependencies;
    const digits = secrets.digest(secrets.newToken());
    return Array.from({ length: RECOVERY_GROUPS }, (_, index) =>
      digits.slice(index * RECOVERY_GROUP_LENGTH, (index + 1) * RECOVERY_GROUP_LENGTH),
    ).join('-');
  }
}

function requireProof(proof: CodeProof | undefined): CodeProof {
  if (proof === undefined) throw wrongCode();
  return proof;
}

function wrongCode(): ChatError {
  return new ChatError('FORBIDDEN', { field: 'code', message: 'This code is wrong, or was used' });
}

function isOff(): ChatError {
  return new ChatError('CONFLICT', { message: 'Two-step sign-in is off' });
}

function notStarted(): ChatError {
  const message = 'Begin with POST /api/auth/totp';
  return new ChatError('CONFLICT', { message });
}
