/**
 * What to do about each error and close code of the engine. The codes themselves
 * stand in the engine's tables; the types here demand one entry for each.
 */
import type { CLOSE_CODES, ErrorCode } from '../../packages/websocket/src/index.ts';

export interface Advice {
  readonly cause: string;
  readonly cure: string;
}

const MEND_PEER = 'Mend the peer, or what stands between: the connection is beyond repair.';

export const ERROR_GUIDE: Readonly<Record<ErrorCode, Advice>> = {
  HANDSHAKE_ERROR: {
    cause:
      'An upgrade was refused: path, origin, `authorize`, time limit, or a server that ends. `reason` says which.',
    cure: 'Compare `reason` and `status` with the refusals below; for a server that ends, come back later.',
  },
  MALFORMED_HANDSHAKE: {
    cause:
      'The request is no valid upgrade (RFC 6455 section 4.1), often through a proxy that drops `Upgrade` or `Connection`.',
    cure: 'Let the proxy pass both headers on over HTTP 1.1; mend a client of your own.',
  },
  MALFORMED_RESPONSE: {
    cause: 'As a client: the answer does not accept what was asked.',
    cure: 'Look whether the address is that of a WebSocket server, and no proxy answers in its place.',
  },
  SERVER_FULL: {
    cause: 'As many connections and handshakes as `maxConnections` allows.',
    cure: 'Raise it, as far as memory and file descriptors reach; clients come back after `Retry-After`.',
  },
  INSUFFICIENT_RESOURCES: {
    cause: 'The server is under pressure, and lets in only those who matter more.',
    cure: 'See `getStats().pressure` for the scarce resource; clients come back after `Retry-After`.',
  },
  IP_LIMIT_EXCEEDED: {
    cause:
      'One address holds `maxConnectionsPerIp` connections; behind a proxy without `trustedProxies`, everybody does.',
    cure: 'Name the proxies in `trustedProxies`, raise the limit, or close connections that nobody uses.',
  },
  RATE_LIMITED: {
    cause:
      'Too many new connections from one address in a minute, or a peer that sends faster than it may.',
    cure: 'Wait before connecting again; raise `maxConnectionsPerMinutePerIp`, `maxViolationsPerMinutePerIp`, `messageRate` or `byteRate`.',
  },
  FRAME_ERROR: { cause: 'A frame that no other code describes is malformed.', cure: MEND_PEER },
  RESERVED_BITS: {
    cause:
      'A frame uses an extension that was not agreed on, often compression behind a proxy that changed the handshake.',
    cure: 'Send only what the answer of the handshake accepted.',
  },
  INVALID_OPCODE: { cause: 'An opcode that RFC 6455 reserves.', cure: MEND_PEER },
  UNMASKED_CLIENT_FRAME: {
    cause: 'The client does not mask; what is no WebSocket traffic at all often looks like this.',
    cure: MEND_PEER,
  },
  MASKED_SERVER_FRAME: { cause: 'As a client: the server masks its frames.', cure: MEND_PEER },
  FRAGMENTED_CONTROL_FRAME: { cause: 'A ping, pong or close in fragments.', cure: MEND_PEER },
  OVERSIZED_CONTROL_FRAME: {
    cause: 'A ping, pong or close of more than 125 bytes.',
    cure: 'Send the contents as a message.',
  },
  NON_MINIMAL_LENGTH: { cause: 'A length in a longer form than it needs.', cure: MEND_PEER },
  LENGTH_OVERFLOW: { cause: 'A length of 2^63 or more.', cure: MEND_PEER },
  UNEXPECTED_CONTINUATION: {
    cause: 'A continuation without a message that began.',
    cure: MEND_PEER,
  },
  NESTED_DATA_FRAME: {
    cause: 'A message begins before the last one ended, often two senders on one socket.',
    cure: 'Send the fragments of one message behind each other.',
  },
  INVALID_CLOSE_FRAME: {
    cause: 'A close frame with one byte, or a code that may not be sent.',
    cure: 'Close with 1000, or a code of 3000 to 4999.',
  },
  INVALID_UTF8: {
    cause: 'A text message, or the reason of a close, is not UTF-8.',
    cure: 'Send other bytes as a binary message.',
  },
  INVALID_COMPRESSED_DATA: {
    cause: 'A compressed message cannot be inflated, or refers to what was never sent.',
    cure: 'Look for a peer that keeps or forgets its context against the agreement.',
  },
  MESSAGE_TOO_BIG: {
    cause: 'A message above `maxMessageSize` or a frame above `maxFrameSize`, after inflating too.',
    cure: 'Send less at a time, or raise the limit on the receiving side.',
  },
  TOO_MANY_FRAGMENTS: {
    cause: 'A message of more than `maxFragments` frames.',
    cure: 'Send larger fragments.',
  },
  MESSAGE_TIMEOUT: {
    cause: 'A message, or a frame, was begun and not ended within `fragmentTimeout`.',
    cure: 'Begin a message when it is complete; raise the limit for slow lines.',
  },
  CONNECTION_ERROR: {
    cause: 'The transport failed, could not be made, or is no longer there.',
    cure: 'Connect again, after a pause that grows; `cause` holds the error of the system.',
  },
  NETWORK_TIMEOUT: {
    cause: 'The peer took no bytes for `writeTimeout`, or the attempt to connect took too long.',
    cure: 'Connect again; look for a network that drops silently.',
  },
  RESOURCE_EXHAUSTED: {
    cause: 'More than `writeBufferLimit` waits for a peer that does not read fast enough.',
    cure: 'Send less to it, wait for `drain` when `isCongested`, or choose another `slowConsumerPolicy`.',
  },
  INVALID_ARGUMENT: {
    cause:
      'A call or an option that cannot work; the text names it, the value and what is allowed.',
    cure: 'Mend the call.',
  },
  INTERNAL_ERROR: {
    cause: 'A listener or a hook of the application threw, or the engine has a defect.',
    cure: 'Look at what the `error` event of the server tells.',
  },
};

export const CLOSE_GUIDE: Readonly<Record<keyof typeof CLOSE_CODES, Advice>> = {
  1000: { cause: 'Somebody was done.', cure: 'Nothing to do.' },
  1001: {
    cause:
      'The server shuts down, a page was left, the heartbeat gave the peer up, or `maxLifetime` is over.',
    cure: 'Connect again, after a pause.',
  },
  1002: {
    cause: 'The peer broke the framing rules.',
    cure: 'Do not repeat it: see the error code.',
  },
  1003: {
    cause: 'The application cannot take this type of message.',
    cure: 'Send the other type.',
  },
  1005: {
    cause: 'The close frame had no code. Never sent, only reported.',
    cure: 'As 1000, where the application means nothing else by it.',
  },
  1006: {
    cause:
      'The connection ended without a close frame: a network, a crash, a cut. Never sent, only reported.',
    cure: 'Connect again, after a pause that grows.',
  },
  1007: { cause: 'Text that is not UTF-8, or corrupt compression.', cure: 'Mend the sender.' },
  1008: {
    cause:
      'A rule of the server: rates, fragments, a message that took too long, `idleTimeout`, an expiry, or the application’s own.',
    cure: 'Change what was done before coming back.',
  },
  1009: {
    cause: 'A message above the limit.',
    cure: 'Send less at a time, or raise `maxMessageSize`.',
  },
  1010: {
    cause: 'A client misses an extension that it needs. Never sent by a server.',
    cure: 'Switch the extension on, or do without.',
  },
  1011: {
    cause: 'A listener of the application threw, or the engine has a defect.',
    cure: 'Connect again; the server’s log has the reason.',
  },
  1012: {
    cause: 'The server is being replaced (`drain`).',
    cure: 'Connect again, after as many seconds as the reason names.',
  },
  1013: {
    cause: 'The server is overloaded, or the peer reads too slowly for what it is sent.',
    cure: 'Connect again, after a longer pause; ask for less.',
  },
  1014: { cause: 'A gateway got an invalid answer from behind.', cure: 'Connect again later.' },
  1015: {
    cause: 'TLS failed. Never sent; the engine reports a failed connection instead.',
    cure: 'Look at certificates and versions.',
  },
};
