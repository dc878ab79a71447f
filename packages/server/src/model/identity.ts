import type { User } from './user.ts';

/** Who is behind a connection or a request: a user, by a session. */
export interface Identity {
  readonly user: User;
  readonly sessionKey: string;
  readonly expiresAtMs: number;
  /** What the person is to the application that keeps the session. */
  readonly platformRole?: string | undefined;
  /** It ends then, whatever its holder does: another issuer has said so. */
  readonly isFixed?: true;
}
