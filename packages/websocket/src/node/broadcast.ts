/**
 * One message to many connections: encoded once, the bytes shared, nobody waited for.
 *
 * Who is to get it is settled before anything is encoded or sent, so joining,
 * leaving and closing meanwhile change nothing of it. What is handed over here
 * leaves with the flush queue, in batches, so that a large room does not hold the
 * loop. Requirements WS-137 to WS-153.
 */
import { WebSocketError } from '../protocol/errors.ts';
import type { Connection } from './connection.ts';
import type { ConnectionGroups } from './groups.ts';
import { prepareFrame } from './prepared-frame.ts';

/** `ping` carries at most 125 bytes; `close` closes with 1000 and the message as the reason. */
export type BroadcastType = 'text' | 'binary' | 'ping' | 'close';

export interface BroadcastOptions<M = unknown> {
  /** Only the members of this group, or of any of these; each gets it once. */
  readonly group?: string | readonly string[];
  /** Only these ids; those that are gone are passed over. */
  readonly includeOnly?: Iterable<string>;
  /** Ids left out. */
  readonly excludeConnections?: Iterable<string>;
  /** Only those for which it returns true; asked last. What it throws ends the call, with nothing sent. */
  readonly filter?: (connection: Connection<M>) => boolean;
  /** Default: `text` for a string, `binary` for bytes. */
  readonly messageType?: BroadcastType;
  /** As for `prepareFrame`. */
  readonly compress?: boolean;
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

/** Whom a broadcast may reach. */
export interface Audience<M> {
  readonly connections: ReadonlyMap<string, Connection<M>>;
  readonly groups: ConnectionGroups<M>;
}

/**
 * @throws {WebSocketError} `MESSAGE_TOO_BIG` above `maxMessageSize`, `INVALID_ARGUMENT` for
 * anything but a string or bytes; nothing was sent then.
 */
export function broadcast<M>(
  audience: Audience<M>,
  message: string | Uint8Array,
  { maxMessageSize, ...options }: BroadcastOptions<M> & { readonly maxMessageSize: number },
): BroadcastResult {
  checkSize(message, maxMessageSize);
  const deliveries = options.trackDelivery === true ? new Map<string, Delivery>() : undefined;
  const counts = { sent: 0, failed: 0, filtered: 0 };
  const note = (connection: Connection<M>, delivery: Delivery): void => {
    counts[delivery] += 1;
    deliveries?.set(connection.id, delivery);
  };

  const recipients = chooseRecipients(audience, options, note);
  const send = senderOf(message, options);
  for (const connection of recipients) {
    // An earlier recipient's listeners may have closed it.
    if (connection.state !== 'OPEN') continue;
    const isTaken = send(connection);
    note(connection, isTaken ? 'sent' : 'failed');
    if (!isTaken && options.failFast === true) break;
  }
  return deliveries === undefined ? counts : { ...counts, deliveries };
}

function checkSize(message: string | Uint8Array, maxMessageSize: number): void {
  // What is neither is refused where it would be encoded.
  const byteCount = typeof message === 'string' ? Buffer.byteLength(message) : message?.length;
  if (byteCount > maxMessageSize) {
    throw new WebSocketError(
      `a broadcast of ${byteCount} bytes; allowed: ${maxMessageSize}`,
      'MESSAGE_TOO_BIG',
    );
  }
}

function chooseRecipients<M>(
  audience: Audience<M>,
  { filter, ...options }: BroadcastOptions<M>,
  note: (connection: Connection<M>, delivery: 'filtered') => void,
): readonly Connection<M>[] {
  const excluded = new Set(options.excludeConnections);
  const recipients: Connection<M>[] = [];
  for (const connection of candidates(audience, options)) {
    if (connection.state !== 'OPEN') continue;
    const isWanted = !excluded.has(connection.id) && (filter === undefined || filter(connection));
    if (isWanted) recipients.push(connection);
    else note(connection, 'filtered');
  }
  return recipients;
}

/** Each once, by the cheapest way to find them. */
function candidates<M>(
  { connections, groups }: Audience<M>,
  { group, includeOnly }: Pick<BroadcastOptions<M>, 'group' | 'includeOnly'>,
): Iterable<Connection<M>> {
  const members = group === undefined ? undefined : membersOf(groups, group);
  if (includeOnly === undefined) return members ?? connections.values();
  return [...new Set(includeOnly)].flatMap((id) => {
    const connection = connections.get(id);
    return connection === undefined || members?.has(connection) === false ? [] : [connection];
  });
}

function membersOf<M>(
  groups: ConnectionGroups<M>,
  group: string | readonly string[],
): ReadonlySet<Connection<M>> {
  if (typeof group === 'string') return groups.members(group);
  return new Set(group.flatMap((name) => [...groups.members(name)]));
}

/** Hands the message to one connection, and tells whether it was taken. */
function senderOf<M>(
  message: string | Uint8Array,
  { messageType: type = defaultType(message), compress }: BroadcastOptions<M>,
): (connection: Connection<M>) => boolean {
  if (type === 'ping') return (connection) => connection.ping(message);
  if (type === 'close') {
    const reason = typeof message === 'string' ? message : Buffer.from(message).toString();
    return (connection) => {
      connection.close(1000, reason);
      return true;
    };
  }
  const frame = prepareFrame(message, {
    binary: type === 'binary',
    ...(compress !== undefined && { compress }),
  });
  return (connection) => connection.sendFrame(frame);
}

function defaultType(message: string | Uint8Array): BroadcastType {
  return typeof message === 'string' ? 'text' : 'binary';
}
