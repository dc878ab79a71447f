/** The one subprotocol that is answered; a token that came the same way never is. */
const SUBPROTOCOL = 'parley';

/** A browser fails a connection for which it offered some and got none. */
export function selectProtocol(offered: readonly string[]): string | undefined {
  return offered.includes(SUBPROTOCOL) ? SUBPROTOCOL : undefined;
}
