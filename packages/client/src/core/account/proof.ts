/**
 * Proofs of identity for dangerous acts, which are answered with `FORBIDDEN` and `details.proof` if the
 * login and the last proof are older than 10 minutes. Pages load it when they need it.
 */
import { ChatError } from '@parley/protocol';
import type { Http } from '../connection/http.ts';

interface HasHttp {
  readonly http: Pick<Http, 'call'>;
}

export interface IdentityProof {
  readonly password: string;
  /** Of an authenticator app, or a recovery code: if the user has turned on two-step sign-in. */
  readonly code?: string;
}

/** Whether the same act can succeed after `proveIdentity`. */
export function needsProof(error: unknown): boolean {
  return ChatError.from(error).details.proof === 'required';
}

/**
 * Proves the identity of the user, for 10 minutes. Without a proof, checks whether acts need one.
 *
 * @throws {ChatError} `FORBIDDEN` with the field that is wrong, and `details.factor` if only the code is
 * missing or wrong; `RATE_LIMITED`, `UNAVAILABLE`.
 */
export async function proveIdentity(
  { http }: HasHttp,
  proof: IdentityProof | Record<string, never> = {},
): Promise<void> {
  await http.call('POST', '/api/auth/proof', proof);
}
