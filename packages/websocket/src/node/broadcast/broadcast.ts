/**
 * One message to many connections: encoded once, the bytes shared, nobody waited for.
 *
 * Who is to get it is settled before anything is encoded or sent, so joining,
 * leaving and closing meanwhile change nothing of it. What is handed over here
 * leaves with the flush queue, in batches, so that a large room does not hold the
 * loop. Requirements WS-137 to WS-153.
 */
import { Buffer } from 'node:buffer';
import { WebSocketError } from '../../protocol/errors.ts';
import type { Clock } from '../clock.ts';
import type { Connection } from '../connection/connection.ts';
import { isInteger, isTextList, rejectOption } from '../options/checks.ts';
import type { SendCallback } from '../send/outgoing-buffer.ts';
import { prepareFrame } from '../send/prepared-frame.ts';
import { type BroadcastCompletion, BroadcastTracker } from './broadcast-tracker.ts';
import type { ConnectionGroups } from './groups.ts';

/** `ping` carries at most 125 bytes; `close` closes with 1000 and the message as the reason. */
export type BroadcastType = 'text' | 'binary' | 'ping' | 'close';

/** `low` is what its receivers can do without, such as who is typing. */
export type BroadcastPriority = 'normal' | 'low';

export interface BroadcastOptions<M = unknown> {
  /** Only the members of this group, or of any of these; each gets it once. */
  readonly group?: string | readonly string[];
  /** Only these ids; those that are gone are passed over. Default `null`: all. */
  readonly includeOnly?: Iterable<string> | null;
  /** Ids left out. Default none. */
  readonly excludeConnections?: Iterable<string>;
  /** The state that receivers are in. Default `OPEN`, and no other: nothing may be sent in it. */
  readonly requireState?: 'OPEN';
  /** Only those for which it returns true; asked last. What it throws ends the call, with nothing sent. */
  readonly filter?: (connection: Connection<M>) => boolean;
  /** Default: `text` for a string, `binary` for bytes. */
  readonly messageType?: BroadcastType;
  /** As for `prepareFrame`. */
  readonly compress?: boolean;
  /** `low`: dropped where the server is too pressed for it, see `dropLowPriorityAt`. Default `normal`. */
  readonly priority?: BroadcastPriority;
  /** Stop at the first connection that does not take the message. Default `false`. */
  readonly failFast?: boolean;
  /** Tell what became of each connection, and when it has left. Default `false`. */
  readonly trackDelivery?: boolean;
  /**
   * How long `completed` waits for the bytes to leave, in milliseconds; it takes nothing back.
   * Range 0 to 86,400,000. Default 5,000. Only with `trackDelivery`: else nobody waits.
   */
  readonly timeout?: number;
}

export type Delivery = 'sent' | 'failed' | 'filtered';

export interface BroadcastResult {
  readonly sent: number;
  /** OPEN, but the message was not taken: too slow, and the policy says so. */
  readonly failed: number;
  /**
   * Left out by `excludeConnections` or `filter`, of those whom `group` and `includeOnly` name.
   * Whom these do not name is not even looked at; who is not OPEN is in no count.
   */
  readonly filtered: number;
  /** Nobody got it, and nobody was looked at: it is of low priority, and the server is pressed. */
  readonly dropped?: true;
  /** By connection id; with `trackDelivery`. */
  readonly deliveries?: ReadonlyMap<string, Delivery>;
  /** Of `sent` and `failed`, once all is known or `timeout` is over; with `trackDelivery`. */
  readonly completed?: Promise<BroadcastCompletion>;
}

/** What a server knows, and its callers need not say. */
interface BroadcastSettings {
  readonly maxMessageSize: number;
  readonly clock: Clock;
  /** Whether the server is too pressed for what can be missed. */
  readonly dropsLowPriority: boolean;
}

const COMPLETION_TIMEOUT_MS = 5_000;
const COMPLETION_TIMEOUT_MAX_MS = 86_400_000;

/** Whom a broadcast may reach. */
export interface Audience<M> {
  readonly connections: ReadonlyMap<string, Connection<M>>;
  readonly groups: ConnectionGroups<M>;
}

/**
 * @throws {WebSocketError} `MESSAGE_TOO_BIG` above `maxMessageSize`, `INVALID_ARGUMENT` for
 * anything but a string or bytes, and for options that are wrong; nothing was sent then.
 */
export function broadcast<M>(
  audience: Audience<M>,
  message: string | Uint8Array,
  { maxMessageSize, clock, dropsLowPriority, ...options }: BroadcastOptions<M> & BroadcastSettings,
): BroadcastResult {
  checkOptions(options);
  checkSize(message, maxMessageSize);
  const deliveries = options.trackDelivery === true ? new Map<string, Delivery>() : undefined;
  const completion = deliveries && new BroadcastTracker();
  const isDropped = dropsLowPriority && options.priority === 'low';
  const counts = { sent: 0, failed: 0, filtered: 0, ...(isDropped && { dropped: true as const }) };
  const note = (connection: Connection<M>, delivery: Delivery): void => {
    counts[delivery] += 1;
    deliveries?.set(connection.id, delivery);
  };

  const recipients = isDropped ? [] : chooseRecipients(audience, options, note);
  const send = senderOf(message, options);
  for (const connection of recipients) {
    // An earlier recipient's listeners may have closed it.
    if (connection.state !== 'OPEN') continue;
    const isTaken = send(connection, completion?.watch());
    note(connection, isTaken ? 'sent' : 'failed');
    if (!isTaken && options.failFast === true) break;
  }
  if (deliveries === undefined || completion === undefined) return counts;
  const completed = completion.wait(clock, options.timeout ?? COMPLETION_TIMEOUT_MS);
  return { ...counts, deliveries, completed };
}

/** What each may be. A slip in one of them must not send to everybody. */
const RULES: {
  readonly [Name in keyof BroadcastOptions]-?: readonly [
    isAllowed: (value: unknown) => boolean,
    allowed: string,
  ];
} = {
  group: [(value) => typeof value === 'string' || isTextList(value), 'a name, or a list of names'],
  includeOnly: [(value) => value === null || isList(value), 'ids in a list or a set, or null'],
  excludeConnections: [isList, 'ids in a list or a set'],
  requireState: [(value) => value === 'OPEN', 'OPEN: nothing may be sent in another state'],
  filter: [(value) => typeof value === 'function', 'a function'],
  messageType: [isOneOf(['text', 'binary', 'ping', 'close']), 'text, binary, ping, close'],
  compress: [isBoolean, 'true or false'],
  priority: [isOneOf(['normal', 'low']), 'normal, low'],
  failFast: [isBoolean, 'true or false'],
  trackDelivery: [isBoolean, 'true or false'],
  timeout: [
    (value) => isInteger(value, [0, COMPLETION_TIMEOUT_MAX_MS]),
    `a whole number from 0 to ${COMPLETION_TIMEOUT_MAX_MS}`,
  ],
};

/** Without making anything: this is on the way of every broadcast. */
function checkOptions<M>(options: BroadcastOptions<M>): void {
  for (const given in options) {
    // Others are refused in the next line.
    const name = given as keyof BroadcastOptions;
    if (!Object.hasOwn(RULES, name)) rejectOption(name, 'set', 'an option that exists');
    const value = options[name];
    const [isAllowed, allowed] = RULES[name];
    if (value !== undefined && !isAllowed(value)) rejectOption(name, value, allowed);
  }
}

/** A text is a list of letters, which is never meant. */
function isList(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}

function isOneOf(words: readonly string[]): (value: unknown) => boolean {
  return (value) => words.some((each) => each === value);
}

function toIds(name: string, ids: Iterable<string> | undefined): ReadonlySet<string> {
  const set = new Set(ids);
  for (const id of set) if (typeof id !== 'string') rejectOption(name, id, 'ids');
  return set;
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
  const excluded = toIds('excludeConnections', options.excludeConnections);
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
  if (includeOnly === undefined || includeOnly === null) return members ?? connections.values();
  return [...toIds('includeOnly', includeOnly)].flatMap((id) => {
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
): (connection: Connection<M>, done: SendCallback | undefined) => boolean {
  if (type === 'ping') return (connection, done) => connection.ping(message, done);
  if (type === 'close') {
    const reason = typeof message === 'string' ? message : Buffer.from(message).toString();
    return (connection, done) => {
      if (done !== undefined) connection.once('close', () => done());
      connection.close(1000, reason);
      return true;
    };
  }
  const frame = prepareFrame(message, {
    binary: type === 'binary',
    ...(compress !== undefined && { compress }),
  });
  return (connection, done) => connection.sendFrame(frame, done);
}

function defaultType(message: string | Uint8Array): BroadcastType {
  return typeof message === 'string' ? 'text' : 'binary';
}
