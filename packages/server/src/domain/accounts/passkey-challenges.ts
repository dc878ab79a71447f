/**
 * Challenges that authenticators sign: random, sealed, and valid for minutes. No table has them before an
 * answer is valid, so that strangers fill nothing and each node can go on; then each is accepted once.
 */
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { Sealer } from '../../ports/sealer.ts';
import type { AuthAttemptLimiter } from './auth-attempt-limiter.ts';

/** Time to unlock an authenticator. */
export const CHALLENGE_VALID_MS = 5 * 60 * 1000;

interface PasskeyChallengesDependencies {
  readonly sealer: Sealer;
  readonly attempts: Pick<AuthAttemptLimiter, 'takeOnce'>;
  readonly secrets: Pick<Crypto, 'newToken' | 'digest'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export class PasskeyChallenges {
  readonly #dependencies: PasskeyChallengesDependencies;

  constructor(dependencies: PasskeyChallengesDependencies) {
    this.#dependencies = dependencies;
  }

  /** @param purpose A challenge for another one is not expected. */
  create(purpose: string): string {
    const { sealer, secrets, clock } = this.#dependencies;
    const text = `${clock.nowMs()} ${secrets.newToken()}`;
    return sealer.seal(purpose, new TextEncoder().encode(text));
  }

  isExpected(purpose: string, challenge: string): boolean {
    const { sealer, clock } = this.#dependencies;
    const bytes = sealer.open(purpose, challenge);
    if (bytes === undefined) return false;
    const createdAtMs = Number.parseInt(new TextDecoder().decode(bytes), 10);
    return clock.nowMs() - createdAtMs < CHALLENGE_VALID_MS;
  }

  /** Uses the challenge of a valid answer up; returns false if it was. @throws {ChatError} UNAVAILABLE. */
  use(challenge: string): Promise<boolean> {
    const { attempts, secrets } = this.#dependencies;
    return attempts.takeOnce(`passkey ${secrets.digest(challenge)}`, CHALLENGE_VALID_MS);
  }
}
