/** The subprotocols that the server selects; it never selects one that carries a token. */
const SUBPROTOCOL = 'parley';

/** Clients that know this version of the native dialect, and its limit for the length of messages. */
const VERSION_1_SUBPROTOCOL = 'parley.v1';

/** The same with several connections in one WebSocket: `stream-multiplexer.ts`. */
export const STREAMS_SUBPROTOCOL = 'parley.v1.streams';

/** A browser closes the connection if it offered subprotocols and none is selected. */
export function selectProtocol(offered: readonly string[]): string | undefined {
  return offered.includes(SUBPROTOCOL) ? SUBPROTOCOL : undefined;
}

/** The same for the native dialect: clients of other versions offer several. */
export function selectVersionedProtocol(offered: readonly string[]): string | undefined {
  const versioned = [STREAMS_SUBPROTOCOL, VERSION_1_SUBPROTOCOL];
  return versioned.find((name) => offered.includes(name)) ?? selectProtocol(offered);
}

export function isVersioned(protocol: string): boolean {
  return protocol === STREAMS_SUBPROTOCOL || protocol === VERSION_1_SUBPROTOCOL;
}
