import type { Crypto } from '../../ports/crypto.ts';

/** The id under which the user sees a session. */
export function sessionIdOf(secrets: Pick<Crypto, 'digest'>, key: string): string {
  return secrets.digest(`session ${key}`);
}
