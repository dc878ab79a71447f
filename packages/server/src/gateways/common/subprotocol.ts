/** The subprotocols that the server selects; it never selects one that carries a token. */
const SUBPROTOCOL = 'parley';

/** Several connections in one WebSocket: `stream-multiplexer.ts`. */
export const STREAMS_SUBPROTOCOL = 'parley.v1.streams';

/** A browser closes the connection if it offered subprotocols and none is selected. */
export function selectProtocol(offered: readonly string[]): string | undefined {
  return offered.includes(SUBPROTOCOL) ? SUBPROTOCOL : undefined;
}

/** The same for a dialect whose connections can be streams: clients of other versions offer both. */
export function selectProtocolWithStreams(offered: readonly string[]): string | undefined {
  return offered.includes(STREAMS_SUBPROTOCOL) ? STREAMS_SUBPROTOCOL : selectProtocol(offered);
}
