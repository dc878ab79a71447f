/** Derives the limits of the WebSocket engine from the settings. */
import { UNTRUSTED_PEERS } from '@parley/websocket';
import { FRAGMENTS_MAX, UNFINISHED_BYTES_MAX } from '../gateways/common/unfinished-limits.ts';
import { maxConnectionsHere, unlimitedLoopback } from './connection-limits.ts';
import type { Values } from './load-config.ts';

/** Tolerates a phone that loses its network for less than a minute. */
const STALLED_WRITE_MS = 60_000;

/**
 * Each message is compressed alone: a connection holds no window between messages, and a broadcast is
 * compressed once for all receivers.
 */
const COMPRESSION = Object.freeze({ serverNoContextTakeover: true, clientNoContextTakeover: true });

/** Limits of the engine for one dialect. */
export function engineLimits(values: Values) {
  return {
    ...UNTRUSTED_PEERS,
    // Same as the limit of the domain, so that the domain gets an event when the buffer has drained.
    writeBufferLimit: values.HARD_BUFFER_BYTES,
    ...engineConnectionLimits(values),
    // The value 0 is documented to disable all limits on the number of messages.
    ...(values.MESSAGE_RATE_MAX === 0 ? { messageRate: 0, byteRate: 0 } : {}),
    heartbeatInterval: values.HEARTBEAT_INTERVAL_MS,
    heartbeatTimeout: values.HEARTBEAT_TIMEOUT_MS,
    maxMissedPongs: values.HEARTBEAT_MISSES,
    // Of time, only the delay of the event loop counts, and only a delay that makes the chat
    // unusable: refused users are worse off than users who wait, and the refusals last half a minute.
    cpuThreshold: 0,
    responseTimeThreshold: 0,
    loopDelayThreshold: values.LOOP_DELAY_MAX_MS,
    slowConsumerPolicy: 'report',
    writeTimeout: STALLED_WRITE_MS,
    maxFragments: FRAGMENTS_MAX,
    maxUnfinishedBytes: UNFINISHED_BYTES_MAX,
    perMessageDeflate: values.COMPRESSION === 'on' && COMPRESSION,
  } as const;
}

function engineConnectionLimits(values: Values) {
  const maxConnections = values.MAX_CONNECTIONS ?? maxConnectionsHere();
  return {
    maxConnections,
    // `ConnectionLimiter` counts these over all gateways together.
    maxConnectionsPerIp: 0,
    maxConnectionsPerMinutePerIp: 0,
    trustedProxies: values.TRUST_PROXY,
    unlimitedAddresses: unlimitedLoopback(values),
    // Among many phones, some are always unreachable for a moment.
    maxBlockedConnections: Math.max(1_000, Math.ceil(maxConnections / 5)),
  };
}
