/** For servers that one address tries as hard as it can: nothing is about protection there. */
import type { WebSocketServerOptions } from '../../src/index.ts';

export const UNLIMITED = Object.freeze({
  maxConnectionsPerIp: 0,
  maxConnectionsPerMinutePerIp: 0,
  messageRate: 0,
  byteRate: 0,
  pressureInterval: 0,
}) satisfies Partial<WebSocketServerOptions>;
