/**
 * Sends one message, encoded once, to many connections, without waiting for any of them. Recipients
 * are selected before anything is sent: joining, leaving and closing do not change them.
 */
import { Buffer } from 'node:buffer';
import { WebSocketError } from '../../protocol/errors.ts';
import type { OverloadController } from '../admission/overload-controller.ts';
import { requireAnswer } from '../call-application.ts';
import type { Clock } from '../clock.ts';
import type { Connection } from '../connection/connection.ts';
import {
  checkOption,
  choice,
  flag,
  integer,
  isTextList,
  type OptionValues,
  optional,
  optionalFunction,
  rejectOption,
} from '../options/option-table.ts';
import type { WebSocketServerOptions } from '../options/server-options.ts';
import { payloadBytesOf, prepareFrame } from '../send/message-encoder.ts';
import type { SendCallback } from '../send/send-queue.ts';
import type { ConnectionGroups } from './connection-groups.ts';
import type { ConnectionRegistry } from './connection-registry.ts';

/** `ping` carries at most 125 bytes; `close` closes with 1000 and the message as the reason. */
export type BroadcastType = 'text' | 'binary' | 'ping' | 'close';

/** `low` marks messages that recipients can do without, such as typing indicators. */
export type BroadcastPriority = 'normal' | 'low';

/** A mistake in an option must not send to all connections. */
const BROADCAST_OPTIONS = Object.freeze({
  /** Only the members of this group, or of any of these groups; each gets the message once. */
  group: optional<string | readonly string[]>(
    'a name, or a list of names',
    (value) => typeof value === 'string' || isTextList(value),
  ),
  /** Only connections with these ids; unknown ids are skipped. Default `null`: all. */
  includeOnly: optional<Iterable<string> | null>(
    'ids in a list or a set, or null',
    (value) => value === null || isList(value),
  ),
  /** Ids to exclude. Default none. */
  excludeConnections: optional<Iterable<string>>('ids in a list or a set', isList),
  /** State of the recipients. Default `OPEN`, the only one in which anything can be sent. */
  requireState: choice('OPEN', ['OPEN']),
  /**
   * Only connections for which it returns true; called last. If it throws or returns a promise,
   * nothing is sent.
   */
  filter: optionalFunction<(connection: Connection<never>) => boolean>(),
  /** Default: `text` for a string, `binary` for bytes. */
  messageType: choice<BroadcastType>('text', ['text', 'binary', 'ping', 'close']),
  /** As for `prepareFrame`. */
  compress: flag(false),
  /** `low`: dropped if the server is overloaded, see `dropLowPriorityAt`. Default `normal`. */
  priority: choice<BroadcastPriority>('normal', ['normal', 'low']),
  /** Whether to stop at the first connection that rejects the message. Default `false`. */
  failFast: flag(false),
  /** Whether to report each delivery, and when its bytes were written. Default `false`. */
  trackDelivery: flag(false),
  /**
   * Milliseconds that `completed` waits for the bytes to be written; it cancels nothing. Range 0 to
   * 86,400,000. Default 5,000. Used only with `trackDelivery`.
   */
  timeout: integer(5_000, [0, 86_400_000]),
});

export interface BroadcastOptions<M = unknown>
  extends Partial<OptionValues<typeof BROADCAST_OPTIONS>> {
  readonly filter?: (connection: Connection<M>) => boolean;
}

export type Delivery = 'sent' | 'failed' | 'filtered';

export interface BroadcastCompletion {
  /** Accepted by the system, in full. */
  readonly written: number;
  /** Rejected by the connection, or the connection ended before. */
  readonly lost: number;
  /** Still waiting for a slow peer; it will be written, or lost, later. */
  readonly pending: number;
}

export interface BroadcastResult {
  readonly sent: number;
  /**
   * Connections that are OPEN but rejected the message: too slow, under a policy that rejects, or in
   * the middle of a message in fragments.
   */
  readonly failed: number;
  /**
   * Connections that `excludeConnections` or `filter` removed from those that `group` and
   * `includeOnly` name. Connections that are not OPEN are not counted anywhere.
   */
  readonly filtered: number;
  /** Whether it was dropped for all, because of low priority and an overloaded server. */
  readonly dropped?: true;
  /** By connection id; with `trackDelivery`. */
  readonly deliveries?: ReadonlyMap<string, Delivery>;
  /** With `trackDelivery`: the final results, when all are known or `timeout` has passed. */
  readonly completed?: Promise<BroadcastCompletion>;
}

export interface BroadcastHost<M> {
  readonly registry: ConnectionRegistry<M>;
  readonly groups: ConnectionGroups<M>;
  readonly options: WebSocketServerOptions<M>;
  readonly overload: OverloadController<M>;
}

/**
 * @throws {WebSocketError} `MESSAGE_TOO_BIG` above `maxMessageSize`, `INVALID_ARGUMENT` for
 * anything but a string or bytes, and for invalid options; nothing was sent then.
 */
export function broadcast<M>(
  host: BroadcastHost<M>,
  message: string | Uint8Array,
  given: BroadcastOptions<M>,
): BroadcastResult {
  const { maxMessageSize, clock } = host.options;
  const options = { ...given };
  // Without a list of the names: this runs for every broadcast.
  for (const name in options) {
    if (!Object.hasOwn(options, name)) continue;
    checkOption(BROADCAST_OPTIONS, name, options[name as keyof BroadcastOptions]);
  }
  const byteCount = payloadBytesOf(message);
  if (byteCount > maxMessageSize) {
    const text = `a broadcast of ${byteCount} bytes; allowed: ${maxMessageSize}`;
    throw new WebSocketError(text, 'MESSAGE_TOO_BIG');
  }
  const tracker = options.trackDelivery === true ? new BroadcastTracker() : undefined;
  const isDropped =
    options.priority === 'low' && host.overload.reduced.includes('lowPriorityBroadcasts');
  const counts = { sent: 0, failed: 0, filtered: 0, ...(isDropped && { dropped: true as const }) };
  const noteFiltered = (connection: Connection<M>): void => {
    counts.filtered += 1;
    tracker?.deliveries.set(connection.id, 'filtered');
  };

  const recipients = isDropped ? [] : chooseRecipients(host, options, noteFiltered);
  const send = senderOf(message, options);
  for (const connection of recipients) {
    // A listener of an earlier recipient may have closed it.
    if (!connection.isOpen) continue;
    const isAccepted = send(connection, tracker?.track());
    if (isAccepted) counts.sent += 1;
    else counts.failed += 1;
    tracker?.deliveries.set(connection.id, isAccepted ? 'sent' : 'failed');
    if (!isAccepted && options.failFast === true) break;
  }
  if (tracker === undefined) return counts;
  const completed = tracker.wait(clock, options.timeout ?? BROADCAST_OPTIONS.timeout.initial);
  return { ...counts, deliveries: tracker.deliveries, completed };
}

/** A string is a list of characters, which is never intended. */
function isList(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

function toIds(name: string, ids: Iterable<string> | undefined): ReadonlySet<string> {
  const set = new Set(ids);
  for (const id of set) if (typeof id !== 'string') rejectOption(name, id, 'ids');
  return set;
}

function chooseRecipients<M>(
  host: BroadcastHost<M>,
  { filter, ...options }: BroadcastOptions<M>,
  noteFiltered: (connection: Connection<M>) => void,
): readonly Connection<M>[] {
  const excluded = toIds('excludeConnections', options.excludeConnections);
  const candidates = chooseCandidates(host, options);
  // Their state is checked when the message is sent.
  if (excluded.size === 0 && filter === undefined) return candidates;
  return candidates.filter((connection) => {
    if (!connection.isOpen) return false;
    const isWanted =
      !excluded.has(connection.id) &&
      (filter === undefined || requireAnswer('filter', filter(connection)));
    if (!isWanted) noteFiltered(connection);
    return isWanted;
  });
}

/** Returns each candidate once, in the cheapest way, in a list that does not change. */
function chooseCandidates<M>(
  { registry, groups }: BroadcastHost<M>,
  { group, includeOnly }: Pick<BroadcastOptions<M>, 'group' | 'includeOnly'>,
): readonly Connection<M>[] {
  const members =
    typeof group === 'string'
      ? groups.members(group)
      : group && new Set(group.flatMap((name) => [...groups.members(name)]));
  if (includeOnly === undefined || includeOnly === null) {
    return members === undefined ? registry.list : [...members];
  }
  return [...toIds('includeOnly', includeOnly)].flatMap((id) => {
    const connection = registry.connections.get(id);
    return connection === undefined || members?.has(connection) === false ? [] : [connection];
  });
}

function senderOf<M>(
  message: string | Uint8Array,
  { messageType, compress }: BroadcastOptions<M>,
): (connection: Connection<M>, done: SendCallback | undefined) => boolean {
  const type = messageType ?? (typeof message === 'string' ? 'text' : 'binary');
  if (type === 'ping') return (connection, done) => connection.ping(message, done);
  if (type === 'close') {
    const reason = typeof message === 'string' ? message : Buffer.from(message).toString();
    return (connection, done) => {
      if (done !== undefined) connection.once('close', () => done());
      connection.close(1000, reason);
      return true;
    };
  }
  const frame = prepareFrame(message, { binary: type === 'binary', compress });
  return (connection, done) => connection.sendFrame(frame, done);
}

/** Tracks the messages of one broadcast after the call. It delays and closes no connection. */
class BroadcastTracker {
  readonly deliveries = new Map<string, Delivery>();
  readonly #counts = { written: 0, lost: 0, pending: 0 };
  #handleSettled: (() => void) | undefined;

  track(): SendCallback {
    this.#counts.pending += 1;
    return (error) => {
      this.#counts[error === undefined ? 'written' : 'lost'] += 1;
      this.#counts.pending -= 1;
      if (this.#counts.pending === 0) this.#handleSettled?.();
    };
  }

  async wait(clock: Clock, timeoutMs: number): Promise<BroadcastCompletion> {
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(resolve, timeoutMs);
      this.#handleSettled = () => {
        timer.clear();
        resolve();
      };
      if (this.#counts.pending === 0) this.#handleSettled();
    });
    return { ...this.#counts };
  }
}
