/** Merges the given options with the defaults, and rejects values that cannot work. */
import { checkDeflateSettings } from './deflate-settings.ts';
import { checkInteger, completeOptions, type IntegerOption, rejectOption } from './option-table.ts';
import { SERVER_OPTIONS, type WebSocketServerOptions } from './server-options.ts';
import { TIME_OPTIONS } from './time-limits.ts';

/** Messages of the maximum size that may be unfinished at the same time, by default. */
const UNFINISHED_MESSAGES = 64;

/** Output that may wait for all peers together, by default. */
const WAITING_BYTES = 268_435_456;

/** How a value relates to its limit, which is another option, by the text for errors. */
const RELATIONS = {
  'less than %': (value: number, limit: number) => value < limit,
  'more than %': (value: number, limit: number) => value > limit,
  '%, or less': (value: number, limit: number) => value <= limit,
  '%, or more': (value: number, limit: number) => value >= limit,
};

const LIMITED_BY_OTHERS = [
  ['heartbeatTimeout', 'less than %', 'heartbeatInterval'],
  ['maxIdleTime', '%, or more', 'heartbeatInterval'],
  ['maxUnfinishedBytes', '%, or more', 'maxMessageSize'],
  ['maxWaitingBytes', '%, or more', 'writeBufferLimit'],
  ['maxFrameSize', '%, or less', 'maxMessageSize'],
  ['reservedConnections', '%, or less', 'maxConnections'],
  ['shutdownTimeout', 'more than %', 'closeTimeout'],
] as const;

export function checkServerOptions<M>(
  given: Partial<WebSocketServerOptions<M>>,
): WebSocketServerOptions<M> {
  // Only hooks depend on M; the table knows that they are functions.
  const complete = completeOptions(SERVER_OPTIONS, given) as WebSocketServerOptions<M>;
  const { maxMessageSize, heartbeatInterval, heartbeatTimeout, maxMissedPongs } = complete;
  const waitingBytes = Math.max(WAITING_BYTES, complete.writeBufferLimit);
  const options = Object.freeze({
    ...complete,
    perMessageDeflate: checkDeflateSettings(complete.perMessageDeflate) ?? false,
    maxFrameSize: complete.maxFrameSize || maxMessageSize,
    maxUnfinishedBytes: complete.maxUnfinishedBytes || UNFINISHED_MESSAGES * maxMessageSize,
    maxWaitingBytes: complete.maxWaitingBytes || waitingBytes,
    maxIdleTime:
      complete.maxIdleTime || heartbeatInterval + maxMissedPongs * heartbeatTimeout + 1_000,
  });
  for (const [name, relation, other] of LIMITED_BY_OTHERS) {
    if (name === 'heartbeatTimeout' && !options.enableHeartbeat) continue;
    if (RELATIONS[relation](options[name], options[other])) continue;
    rejectOption(name, options[name], relation.replace('%', `${other}, ${options[other]}`));
  }
  return options;
}

type ServerTable = typeof SERVER_OPTIONS;

/** Options that may change while a server runs: limits and intervals. */
export type UpdatableOption = {
  [Name in keyof ServerTable]: ServerTable[Name] extends IntegerOption ? Name : never;
}[Exclude<keyof ServerTable, 'port'>];

export type ServerUpdate = Partial<Pick<WebSocketServerOptions<never>, UpdatableOption>>;

const UPDATABLE = new Set(
  Object.entries(SERVER_OPTIONS).flatMap(([name, row]) =>
    'range' in row && name !== 'port' ? [name] : [],
  ),
);

export function updatableOf<M>(options: Partial<WebSocketServerOptions<M>>): ServerUpdate {
  return Object.fromEntries(Object.entries(options).filter(([name]) => UPDATABLE.has(name)));
}

/** The changes, without `undefined`; throws for an option that is fixed at construction. */
export function checkServerUpdate(changes: ServerUpdate): ServerUpdate {
  const set = Object.entries(changes).filter(([, value]) => value !== undefined);
  for (const [name, value] of set) {
    if (!UPDATABLE.has(name)) rejectOption(name, value, 'only at construction');
  }
  return Object.fromEntries(set);
}

export function checkShutdownTimeout(timeoutMs: number): void {
  checkInteger('timeoutMs', timeoutMs, [0, TIME_OPTIONS.shutdownTimeout.range[1]]);
}
