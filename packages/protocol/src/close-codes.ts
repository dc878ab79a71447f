/**
 * Close codes that a chat client receives, and how it reacts to each.
 *
 * `reconnect`: reconnect with backoff. `authenticate`: show the login. `stop`: the client itself
 * sent something invalid; reconnecting would only repeat it.
 */
export type CloseReaction = 'reconnect' | 'authenticate' | 'stop';

/** The session ended: logged out, expired, or the account was deleted. */
export const SESSION_EXPIRED_CLOSE_CODE = 4001;

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

/** After all other codes a client reconnects. */
const REACTIONS: ReadonlyMap<number, CloseReaction> = new Map([
  [1002, 'stop'],
  [1003, 'stop'],
  [1007, 'stop'],
  [SESSION_EXPIRED_CLOSE_CODE, 'authenticate'],
]);

/** Reaction of a client to a close that it did not request. */
export function reactionToClose(code: number): CloseReaction {
  return REACTIONS.get(code) ?? 'reconnect';
}
