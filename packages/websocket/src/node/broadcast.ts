/**
 * One message to many connections: encoded once, the bytes shared, nobody waited for.
 *
 * What is handed over here leaves with the flush queue, in batches, so that a
 * large room does not hold the loop. Requirements WS-137 to WS-153.
 */
import { WebSocketError } from '../protocol/errors.ts';
import type { Connection } from './connection.ts';
import { type FrameContent, prepareFrame } from './prepared-frame.ts';

export interface BroadcastOptions<M = unknown> extends FrameContent {
  /** Ids left out. */
  readonly excludeConnections?: Iterable<string>;
  /** Only these ids; those that are gone are passed over. */
  readonly includeOnly?: Iterable<string>;
  /** Only those for which it returns true. Asked before anything is encoded for them. */
  readonly filter?: (connection: Connection<M>) => boolean;
  /** Stop at the first connection that does not take the message. Default `false`. */
  readonly failFast?: boolean;
  /** Tell what became of each connection. Default `false`. */
  readonly trackDelivery?: boolean;
}

export type Delivery = 'sent' | 'failed' | 'filtered';

export interface BroadcastResult {
  readonly sent: number;
  /** OPEN, but the message was not taken: too slow, and the policy says so. */
  readonly failed: number;
  /** Left out by an option. Connections that are not OPEN are in no count. */
  readonly filtered: number;
  /** By connection id; with `trackDelivery`. */
  readonly deliveries?: ReadonlyMap<string, Delivery>;
}

/**
 * @throws {WebSocketError} `MESSAGE_TOO_BIG` above `maxMessageSize`; nothing was sent then.
 * What `filter` throws passes through; those before it have got the message.
 */
export function broadcast<M>(
  connections: ReadonlyMap<string, Connection<M>>,
  message: string | Uint8Array,
  { maxMessageSize, ...options }: BroadcastOptions<M> & { readonly maxMessageSize: number },
): BroadcastResult {
  const frame = prepareFrame(message, options);
  if (frame.payloadBytes > maxMessageSize) {
    throw new WebSocketError(
      `a broadcast of ${frame.payloadBytes} bytes; allowed: ${maxMessageSize}`,
      'MESSAGE_TOO_BIG',
    );
  }

  const counts = { sent: 0, failed: 0, filtered: 0 };
  const deliveries = options.trackDelivery === true ? new Map<string, Delivery>() : undefined;
  const isWanted = wantedBy(options);
  for (const connection of targets(connections, options.includeOnly)) {
    if (connection.state !== 'OPEN') continue;
    const delivery = !isWanted(connection)
      ? 'filtered'
      : connection.sendFrame(frame)
        ? 'sent'
        : 'failed';
    counts[delivery] += 1;
    deliveries?.set(connection.id, delivery);
    if (delivery === 'failed' && options.failFast === true) break;
  }
  return deliveries === undefined ? counts : { ...counts, deliveries };
}

function wantedBy<M>(options: BroadcastOptions<M>): (connection: Connection<M>) => boolean {
  const excluded = new Set(options.excludeConnections);
  const { filter } = options;
  return (connection) =>
    !excluded.has(connection.id) && (filter === undefined || filter(connection));
}

function* targets<M>(
  connections: ReadonlyMap<string, Connection<M>>,
  includeOnly: Iterable<string> | undefined,
): Iterable<Connection<M>> {
  if (includeOnly === undefined) {
    yield* connections.values();
    return;
  }
  for (const id of new Set(includeOnly)) {
    const connection = connections.get(id);
    if (connection !== undefined) yield connection;
  }
}
