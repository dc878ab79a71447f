/** Verifies codes of second factors: those of an authenticator app, and recovery codes in their place. */
import type { UserId } from '@parley/protocol';
import type { CodeProof, SecondFactor } from '../../model/second-factor.ts';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Logger } from '../../ports/logger.ts';
import type { TotpKeys } from '../../ports/totp-keys.ts';
import type { AuthAttemptLimiter } from './auth-attempt-limiter.ts';

/** Longer than any code that a user copies. */
const CODE_LENGTH_MAX = 64;
const APP_CODE = /^\d{6}$/;

interface FactorProofsDependencies {
  readonly accounts: Pick<AccountStore, 'findSecondFactor'>;
  readonly attempts: Pick<AuthAttemptLimiter, 'countCode'>;
  readonly totpKeys: Pick<TotpKeys, 'verify'>;
  readonly secrets: Pick<Crypto, 'digest'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly logger: Logger;
}

export class FactorProofs {
  readonly #dependencies: FactorProofsDependencies;

  constructor(dependencies: FactorProofsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * The proof that the store accepts once for a login; undefined if the user has no second factor.
   *
   * @throws {ChatError} RATE_LIMITED, UNAVAILABLE.
   */
  async prove(
    userId: UserId,
    code: string | undefined,
  ): Promise<CodeProof | 'no-code' | 'wrong-code' | undefined> {
    const factor = await this.#dependencies.accounts.findSecondFactor(userId);
    if (factor?.isConfirmed !== true) return undefined;
    if (code === undefined || code.trim() === '') return 'no-code';
    return (await this.verify(factor, code)) ?? 'wrong-code';
  }

  /** Undefined for a code that is wrong or was used. @throws {ChatError} RATE_LIMITED, UNAVAILABLE. */
  async verify(factor: SecondFactor, code: string): Promise<CodeProof | undefined> {
    if (code.length > CODE_LENGTH_MAX) return undefined;
    const written = code.replace(/[\s-]/g, '');
    if (APP_CODE.test(written)) return this.#verifyAppCode(factor, written);
    const digest = this.recoveryDigestOf(factor.userId, written);
    return factor.recoveryDigests.includes(digest) ? { kind: 'recovery', digest } : undefined;
  }

  /** Without spaces and hyphens, in any case. */
  recoveryDigestOf(userId: UserId, code: string): string {
    return this.#dependencies.secrets.digest(`recovery ${userId} ${code.toLowerCase()}`);
  }

  async #verifyAppCode(factor: SecondFactor, code: string): Promise<CodeProof | undefined> {
    const { attempts, totpKeys, clock, logger } = this.#dependencies;
    const { userId, sealed, lastStep } = factor;
    const forget = await attempts.countCode(userId);
    const verified = totpKeys.verify(userId, sealed, { code, nowMs: clock.nowMs() });
    if (verified.kind === 'unreadable') logger.record({ event: 'factor.unreadable', userId });
    if (verified.kind !== 'match' || verified.step <= lastStep) return undefined;
    await forget();
    const { step, resealed } = verified;
    return { kind: 'totp', sealed, step, resealed };
  }
}
