/**
 * Close codes that a chat client receives, and how it reacts to each.
 *
 * `reconnect`: reconnect with backoff. `authenticate`: show the login. `stop`: the client itself
 * sent something invalid; reconnecting would only repeat it.
 */
export type CloseReaction = 'reconnect' | 'authenticate' | 'stop';

/** The session ended: logged out, expired, or the account was deleted. */
export const SESSION_EXPIRED_CLOSE_CODE = 4001;

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
