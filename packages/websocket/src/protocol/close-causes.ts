/** Why connections end: a closed list, and who decided it. */
import type { ErrorCode } from './errors.ts';

/** `engine`: a limit or a check of this package. `network`: neither end closed it. */
export type CloseInitiator = 'peer' | 'application' | 'engine' | 'network';

/** The causes by the end that decided: the first one counts, whatever follows. */
export const CLOSE_CAUSES = Object.freeze({
  /** The peer sent the first close frame. */
  peerClose: 'peer',
  /** The peer ended TCP without a close frame. */
  peerGone: 'peer',
  /** The socket was reset or failed. */
  connectionLost: 'network',
  /** `connection.close`, or `manager.closeConnection`. */
  close: 'application',
  /** `connection.destroy`. */
  destroy: 'application',
  /** `server.drain`. */
  drain: 'application',
  /** `server.shutdown`, or `manager.shutdown`. */
  shutdown: 'application',
  /** A listener threw or rejected, or sent memory was transferred. */
  applicationError: 'application',
  /** No answer to `maxMissedPongs` pings, or silence for `maxIdleTime`. */
  heartbeat: 'engine',
  /** `writeTimeout`: the system accepted no output. */
  writeTimeout: 'engine',
  /** The peer violated the protocol: `websocket_violations_total` has the error code. */
  protocolError: 'engine',
  /** `maxMessageSize`, `maxFrameSize` or `maxFragments`. */
  messageLimit: 'engine',
  /** `fragmentTimeout`: a message or frame was not completed in time. */
  messageTimeout: 'engine',
  /** `messageRate` or `byteRate`, with `rateLimitPolicy: 'close'`. */
  rateLimit: 'engine',
  /** `writeBufferLimit`, with `slowConsumerPolicy: 'close'`. */
  slowConsumer: 'engine',
  /** `maxUnfinishedBytes` or `maxWaitingBytes`: this connection held most. */
  memoryLimit: 'engine',
  /** Shed under overload: see `shedPriority`. */
  shed: 'engine',
  /** `idleTimeout`. */
  idle: 'engine',
  /** `maxLifetime`. */
  age: 'engine',
  /** The time of `expiresInMs` or `expireIn` is over. */
  expired: 'engine',
} satisfies Record<string, CloseInitiator>);

export type CloseCause = keyof typeof CLOSE_CAUSES;

/** Causes of the errors that end a connection; all others are `protocolError`. */
const CAUSES: Partial<Record<ErrorCode, CloseCause>> = Object.freeze({
  MESSAGE_TOO_BIG: 'messageLimit',
  TOO_MANY_FRAGMENTS: 'messageLimit',
  MESSAGE_TIMEOUT: 'messageTimeout',
  RATE_LIMITED: 'rateLimit',
  RESOURCE_EXHAUSTED: 'slowConsumer',
  INSUFFICIENT_RESOURCES: 'memoryLimit',
  CONNECTION_ERROR: 'connectionLost',
  NETWORK_TIMEOUT: 'writeTimeout',
  INVALID_ARGUMENT: 'applicationError',
  INTERNAL_ERROR: 'applicationError',
});

export function causeOf(code: ErrorCode): CloseCause {
  return CAUSES[code] ?? 'protocolError';
}
