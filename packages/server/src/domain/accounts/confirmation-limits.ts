/**
 * Limits mails that confirm an address: they go to people who have not asked for them. All ways to ask
 * for one count here.
 */
import type { UserId } from '@parley/protocol';
import type { AccountStore } from '../../ports/account-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import { rejectWait } from '../primitives/rate-limiter.ts';

const HOUR_MS = 60 * 60_000;
const OF_ACCOUNT = { attemptsMax: 5, windowMs: HOUR_MS };
/** The registration, and the attempts of its account. */
const TO_ADDRESS = { attemptsMax: 6, windowMs: HOUR_MS };
/** Of all accounts and nodes. */
const OF_SERVER = { attemptsMax: 500, windowMs: HOUR_MS };

interface ConfirmationLimitsDependencies {
  readonly accounts: Pick<AccountStore, 'countAttempt'>;
  readonly secrets: Pick<Crypto, 'digest'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export class ConfirmationLimits {
  readonly #dependencies: ConfirmationLimitsDependencies;

  constructor(dependencies: ConfirmationLimitsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Counts a mail to this address.
   *
   * @param userId Undefined for an account that is about to be made.
   * @throws {ChatError} RATE_LIMITED, UNAVAILABLE.
   */
  async take(userId: UserId | undefined, address: string): Promise<void> {
    const { accounts, secrets, clock } = this.#dependencies;
    const limits = [
      ...(userId === undefined ? [] : [{ key: `mailed confirmation ${userId}`, ...OF_ACCOUNT }]),
      { key: `mailed confirmation to ${secrets.digest(address.toLowerCase())}`, ...TO_ADDRESS },
      { key: 'mailed confirmations', ...OF_SERVER },
    ];
    rejectWait(await accounts.countAttempt(limits, clock.nowMs()));
  }
}
