/**
 * Causes and remedies of each error and close code of the engine. The codes themselves
 * are in the engine's tables; the types here require an entry for each.
 */
import type { ErrorCode } from '../../packages/websocket/src/index.ts';

interface Advice {
  readonly cause: string;
  readonly cure: string;
}

const FIX_PEER = 'Fix the peer or the proxy between; the connection cannot continue.';

export const ERROR_GUIDE: Readonly<Record<ErrorCode, Advice>> = {
  HANDSHAKE_ERROR: {
    cause:
      'An upgrade was rejected: path, origin, `authorize`, time limit, or a server that shuts down. `reason` says which.',
    cure: 'Compare `reason` and `status` with the table of rejected upgrades; if the server shuts down, reconnect later.',
  },
  MALFORMED_HANDSHAKE: {
    cause:
      'The request is not a valid upgrade (RFC 6455 section 4.1), often because of a proxy that drops `Upgrade` or `Connection`.',
    cure: 'Configure the proxy to pass both headers over HTTP 1.1; fix your own client.',
  },
  MALFORMED_RESPONSE: {
    cause: 'As a client: the response does not accept the request.',
    cure: 'Check that the address belongs to a WebSocket server and that no proxy responds instead of it.',
  },
  SERVER_FULL: {
    cause: 'The number of connections and handshakes has reached `maxConnections`.',
    cure: 'Raise it, within the limits of memory and file descriptors; clients reconnect after `Retry-After`.',
  },
  INSUFFICIENT_RESOURCES: {
    cause:
      'The server is overloaded and admits only connections of higher priority, the unfinished messages of all peers exceed `maxUnfinishedBytes`, or the waiting output exceeds `maxWaitingBytes`.',
    cure: 'See `getStats().pressure` for the scarce resource; clients reconnect after `Retry-After`. Raise `maxUnfinishedBytes` if many peers send large messages slowly.',
  },
  IP_LIMIT_EXCEEDED: {
    cause:
      'One address has `maxConnectionsPerIp` connections; behind a proxy without `trustedProxies`, all clients share one address.',
    cure: 'Add the proxies to `trustedProxies`, raise the limit, or close unused connections.',
  },
  RATE_LIMITED: {
    cause:
      'Too many new connections from one address in a minute, or a peer that exceeds its rate.',
    cure: 'Wait before connecting again; raise `maxConnectionsPerMinutePerIp`, `maxViolationsPerMinutePerIp`, `messageRate` or `byteRate`.',
  },
  FRAME_ERROR: {
    cause: 'A frame is malformed in a way that no other code describes.',
    cure: FIX_PEER,
  },
  RESERVED_BITS: {
    cause:
      'A frame uses an extension that was not negotiated, often compression behind a proxy that changed the handshake.',
    cure: 'Use only the extensions that the handshake response accepted.',
  },
  INVALID_OPCODE: { cause: 'An opcode that RFC 6455 reserves.', cure: FIX_PEER },
  UNMASKED_CLIENT_FRAME: {
    cause:
      'The client does not mask its frames. Traffic that is not WebSocket often looks like this.',
    cure: FIX_PEER,
  },
  MASKED_SERVER_FRAME: { cause: 'As a client: the server masks its frames.', cure: FIX_PEER },
  FRAGMENTED_CONTROL_FRAME: { cause: 'A ping, pong or close frame in fragments.', cure: FIX_PEER },
  OVERSIZED_CONTROL_FRAME: {
    cause: 'A ping, pong or close frame of more than 125 bytes.',
    cure: 'Send the content as a message.',
  },
  NON_MINIMAL_LENGTH: { cause: 'A length that is not in its shortest form.', cure: FIX_PEER },
  LENGTH_OVERFLOW: { cause: 'A length of 2^63 or more.', cure: FIX_PEER },
  UNEXPECTED_CONTINUATION: {
    cause: 'A continuation frame without the beginning of a message.',
    cure: FIX_PEER,
  },
  NESTED_DATA_FRAME: {
    cause:
      'A message begins before the previous one has ended, often because of two senders on one socket.',
    cure: 'Send the fragments of one message without other messages between them.',
  },
  INVALID_CLOSE_FRAME: {
    cause: 'A close frame with a payload of one byte, or with a code that must not be sent.',
    cure: 'Close with 1000, or a code from 3000 to 4999.',
  },
  INVALID_UTF8: {
    cause: 'A text message, or the reason of a close, is not UTF-8.',
    cure: 'Send other bytes as a binary message.',
  },
  INVALID_COMPRESSED_DATA: {
    cause: 'A compressed message cannot be inflated, or refers to data that was never sent.',
    cure: 'Look for a peer that keeps or resets its context contrary to the agreement.',
  },
  MESSAGE_TOO_BIG: {
    cause:
      'A message exceeds `maxMessageSize`, or a frame exceeds `maxFrameSize`, also after inflation.',
    cure: 'Send smaller messages, or raise the limit of the receiver.',
  },
  TOO_MANY_FRAGMENTS: {
    cause: 'A message of more than `maxFragments` frames.',
    cure: 'Send larger fragments.',
  },
  MESSAGE_TIMEOUT: {
    cause: 'A message or frame was started and not completed within `fragmentTimeout`.',
    cure: 'Start a message only when it is complete; raise the limit for slow networks.',
  },
  CONNECTION_ERROR: {
    cause: 'The transport failed, could not be established, or no longer exists.',
    cure: 'Reconnect with increasing pauses; `cause` contains the system error.',
  },
  NETWORK_TIMEOUT: {
    cause:
      'The system accepted no output for `writeTimeout`, because the peer reads nothing or very slowly, or connecting took too long.',
    cure: 'Reconnect; look for a network that drops packets silently.',
  },
  RESOURCE_EXHAUSTED: {
    cause: 'More than `writeBufferLimit` bytes wait for a peer that does not read fast enough.',
    cure: 'Send less to it, wait for `drain` if `isCongested`, or choose another `slowConsumerPolicy`.',
  },
  INVALID_ARGUMENT: {
    cause: 'A call or an option is invalid; the text names it, its value and the allowed values.',
    cure: 'Correct the call.',
  },
  INTERNAL_ERROR: {
    cause: 'A listener or a hook of the application threw, or the engine has a bug.',
    cure: 'See the `error` event of the server.',
  },
};

export const CLOSE_GUIDE: Readonly<Record<number, Advice>> = {
  1000: { cause: 'One side has finished normally.', cure: 'Nothing to do.' },
  1001: {
    cause:
      'The server shuts down, the user left the page, the heartbeat found the peer lost, or `maxLifetime` is over.',
    cure: 'Reconnect after a pause.',
  },
  1002: {
    cause: 'The peer violated the framing rules.',
    cure: 'Do not retry; see the error code.',
  },
  1003: {
    cause: 'The application does not accept this type of message.',
    cure: 'Send the other type.',
  },
  1005: {
    cause: 'The close frame had no code. Never sent, only reported.',
    cure: 'Treat it as 1000, unless the application gives it another meaning.',
  },
  1006: {
    cause:
      'The connection ended without a close frame: network failure, crash, or a destroyed socket. Never sent, only reported.',
    cure: 'Reconnect with increasing pauses.',
  },
  1007: { cause: 'Text that is not UTF-8, or corrupt compressed data.', cure: 'Fix the sender.' },
  1008: {
    cause:
      'A policy of the server: rates, fragments, a message that took too long, `idleTimeout`, an expiry, or a policy of the application.',
    cure: 'Correct the cause before you reconnect.',
  },
  1009: {
    cause: 'A message above the limit.',
    cure: 'Send smaller messages, or raise `maxMessageSize`.',
  },
  1010: {
    cause: 'A required extension was not negotiated. Never sent by a server.',
    cure: 'Enable the extension, or do not require it.',
  },
  1011: {
    cause: 'A listener of the application threw, or the engine has a bug.',
    cure: 'Reconnect; the log of the server contains the reason.',
  },
  1012: {
    cause: 'The server is being replaced (`drain`).',
    cure: 'Reconnect after the number of seconds in the reason.',
  },
  1013: {
    cause: 'The server is overloaded, or the peer reads too slowly.',
    cure: 'Reconnect after a longer pause; request less.',
  },
  1014: {
    cause: 'A gateway received an invalid response from its upstream.',
    cure: 'Reconnect later.',
  },
  1015: {
    cause: 'TLS failed. Never sent; the engine reports a failed connection instead.',
    cure: 'Check certificates and TLS versions.',
  },
};
