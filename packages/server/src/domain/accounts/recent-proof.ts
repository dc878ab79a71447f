/** Dangerous acts need a proof of the user's identity that is at most 10 minutes old. */
import { ChatError } from '@parley/protocol';
import type { Identity } from '../../model/identity.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SessionStore } from '../../ports/session-store.ts';
import type { Accounts } from './accounts.ts';
import type { AuthAttemptLimiter } from './auth-attempt-limiter.ts';
import type { FactorProofs } from './factor-proofs.ts';
import { type ConnectOnly, requireFullSession } from './full-session.ts';

export const RECENT_MS = 10 * 60 * 1000;

interface RecentProofDependencies {
  readonly store: Pick<SessionStore, 'findSession' | 'proveSession'>;
  readonly passwords: Pick<Accounts, 'requirePassword'>;
  readonly proofs: Pick<FactorProofs, 'prove'>;
  readonly attempts: Pick<AuthAttemptLimiter, 'noteRefusal'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export class RecentProof {
  readonly #dependencies: RecentProofDependencies;

  constructor(dependencies: RecentProofDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Returns when the proof expires, or the login if that is later. Reads the store: a connection may be
   * older than the proof, which another node may have taken.
   *
   * Users of another issuer have no password here, and their sessions no age: the issuer answers for
   * them. The proof is of the session of a login, not of the tokens that are made from it.
   *
   * @throws {ChatError} FORBIDDEN with `proof` if there is none, without for a token that is only for
   *   connections; UNAVAILABLE.
   */
  async require(identity: Pick<Identity, 'user' | 'sessionKey'> & ConnectOnly): Promise<number> {
    requireFullSession(identity);
    const { user, sessionKey } = identity;
    const { store, clock } = this.#dependencies;
    const nowMs = clock.nowMs();
    const found = await store.findSession(sessionKey);
    if (found === undefined && user.externalId !== undefined) return nowMs + RECENT_MS;
    const provedAtMs = found && Math.max(found.session.createdAtMs, found.session.provedAtMs ?? 0);
    if (provedAtMs !== undefined && nowMs - provedAtMs < RECENT_MS) return provedAtMs + RECENT_MS;
    const message = 'Confirm that it is you: the password is needed';
    throw new ChatError('FORBIDDEN', { proof: 'required', message });
  }

  /**
   * Takes a proof for the session, or without a password requires one. Returns when it expires.
   *
   * @throws {ChatError} FORBIDDEN for a wrong password or code, with `proof`, for an account without a
   *   password, and for a token that is only for connections; RATE_LIMITED, UNAVAILABLE.
   */
  async give(
    identity: Identity,
    { password, code }: { readonly password?: string; readonly code?: string },
  ): Promise<number> {
    if (password === undefined) return this.require(identity);
    requireFullSession(identity);
    const { store, passwords, proofs, clock } = this.#dependencies;
    const { user, sessionKey: key } = identity;
    const { passwordHash } = await passwords.requirePassword(user, password, 'password');
    const proof = await proofs.prove(user.id, code);
    if (proof === 'wrong-code')
      this.#dependencies.attempts.noteRefusal(user.id, user.address, 'proof');
    if (proof === 'no-code' || proof === 'wrong-code') throw codeNeeded(proof);
    const atMs = clock.nowMs();
    const isStored = await store.proveSession({ key, userId: user.id, atMs }, passwordHash, proof);
    // The password or the factor has changed meanwhile, or another login has used the code.
    if (!isStored)
      throw proof === undefined ? new ChatError('UNAUTHENTICATED') : codeNeeded('wrong-code');
    return atMs + RECENT_MS;
  }
}

/** Not UNAUTHENTICATED, for which clients log out: the session is valid. */
function codeNeeded(reason: 'no-code' | 'wrong-code'): ChatError {
  const message = reason === 'no-code' ? 'A code is needed' : 'This code is wrong, or was used';
  return new ChatError('FORBIDDEN', { field: 'code', factor: 'totp', proof: 'required', message });
}
