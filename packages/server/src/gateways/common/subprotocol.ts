/** The only subprotocol that the server selects; it never selects one that carries a token. */
const SUBPROTOCOL = 'parley';

/** A browser closes the connection if it offered subprotocols and none is selected. */
export function selectProtocol(offered: readonly string[]): string | undefined {
  return offered.includes(SUBPROTOCOL) ? SUBPROTOCOL : undefined;
}
