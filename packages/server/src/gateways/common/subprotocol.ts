/** The subprotocols that the server selects; it never selects one that carries a token. */
const SUBPROTOCOL = 'parley';

/** Clients that know this version of the native dialect, and its limit for the length of messages. */
const VERSION_1_SUBPROTOCOL = 'parley.v1';

/** The same with several connections in one WebSocket: `stream-multiplexer.ts`. */
export const STREAMS_SUBPROTOCOL = 'parley.v1.streams';

/** A version that this server does not know. */
const OTHER_VERSION = /^parley\.v\d+(?:\.[a-z]+)*$/;

/** A browser closes the connection if it offered subprotocols and none is selected. */
export function selectProtocol(offered: readonly string[]): string | undefined {
  return offered.includes(SUBPROTOCOL) ? SUBPROTOCOL : undefined;
}

/**
 * The same for the native dialect: clients of other versions offer several. A version that this server
 * does not know is selected too, because browsers would not show the reason otherwise.
 */
export function selectVersionedProtocol(offered: readonly string[]): string | undefined {
  const versioned = [STREAMS_SUBPROTOCOL, VERSION_1_SUBPROTOCOL];
  return (
    versioned.find((name) => offered.includes(name)) ??
    selectProtocol(offered) ??
    offered.find((name) => OTHER_VERSION.test(name))
  );
}

/** Why a connection with this subprotocol cannot be used; at most 123 bytes, as a close reason. */
export function describeMismatch(protocol: string): string | undefined {
  if (isVersioned(protocol) || !OTHER_VERSION.test(protocol)) return undefined;
  const [, version = ''] = /^parley\.v(\d+)/.exec(protocol) ?? [];
  const older = Number(version) < 1 ? 'client' : 'server';
  return `The server speaks version 1, the client version ${version.slice(0, 9)}: update the ${older}`;
}

export function isVersioned(protocol: string): boolean {
  return protocol === STREAMS_SUBPROTOCOL || protocol === VERSION_1_SUBPROTOCOL;
}
