/**
 * Why a session ended: `logout` by the user, `password_changed`, `ended` by another device of the user or
 * by the operator, `expired`.
 */
export type SessionEndReason = 'logout' | 'password_changed' | 'ended' | 'expired';

/** Reasons of closes with 4001. */
export const SESSION_END_TEXTS: Readonly<Record<SessionEndReason, string>> = Object.freeze({
  logout: 'Logged out',
  password_changed: 'Password changed',
  ended: 'Session ended',
  expired: 'Session expired',
});

/** The reason that a text of a close means; undefined for the texts of other servers. */
export function sessionEndOf(text: string): SessionEndReason | undefined {
  const reasons = Object.keys(SESSION_END_TEXTS) as SessionEndReason[];
  return reasons.find((reason) => SESSION_END_TEXTS[reason] === text);
}
