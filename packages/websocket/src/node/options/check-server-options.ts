/** Merges the given options with the defaults, and rejects values that cannot work. */
import { checkDeflateSettings } from './deflate-settings.ts';
import { completeOptions, type IntegerOption } from './option-table.ts';
import { SERVER_OPTIONS, type WebSocketServerOptions } from './server-options.ts';
import { TIME_OPTIONS } from './time-limits.ts';
import { checkInteger, rejectOption } from './value-checks.ts';

/** Messages of the maximum size that may be unfinished at the same time, by default. */
const UNFINISHED_MESSAGES = 64;

const RELATIONS = [
  ['heartbeatTimeout', 'less than', 'heartbeatInterval'],
  ['maxIdleTime', 'at least', 'heartbeatInterval'],
  ['maxUnfinishedBytes', 'at least', 'maxMessageSize'],
  ['maxFrameSize', 'at most', 'maxMessageSize'],
  ['reservedConnections', 'at most', 'maxConnections'],
  ['shutdownTimeout', 'more than', 'closeTimeout'],
] as const;

const HOLDS = {
  'less than': (value: number, other: number) => value < other,
  'at least': (value: number, other: number) => value >= other,
  'at most': (value: number, other: number) => value <= other,
  'more than': (value: number, other: number) => value > other,
};

/**
 * Returns the complete options. An option that is `undefined` keeps its default; 0 is a value.
 *
 * @throws {WebSocketError} `INVALID_ARGUMENT`, naming the option, the value and the range.
 */
export function checkServerOptions<M>(
  given: Partial<WebSocketServerOptions<M>>,
): WebSocketServerOptions<M> {
  // Only hooks depend on M; the table knows that they are functions.
  const complete = completeOptions(SERVER_OPTIONS, given) as WebSocketServerOptions<M>;
  const options = Object.freeze(withDerived(complete));
  checkRelations(options);
  return options;
}

type ServerTable = typeof SERVER_OPTIONS;

type IntegerName = {
  [Name in keyof ServerTable]: ServerTable[Name] extends IntegerOption ? Name : never;
}[keyof ServerTable];

/** Options that may change while a server runs: limits and intervals. */
export type UpdatableOption = Exclude<IntegerName, 'port'>;

export type ServerUpdate = Partial<Pick<WebSocketServerOptions<never>, UpdatableOption>>;

const UPDATABLE: readonly string[] = Object.entries(SERVER_OPTIONS)
  .filter(([name, row]) => 'range' in row && name !== 'port')
  .map(([name]) => name);

/**
 * Returns the given changes; `undefined` changes nothing.
 *
 * @throws {WebSocketError} `INVALID_ARGUMENT` for an option that is fixed at construction.
 */
export function checkServerUpdate(changes: ServerUpdate): ServerUpdate {
  const set = Object.entries(changes).filter(([, value]) => value !== undefined);
  for (const [name, value] of set) {
    if (!UPDATABLE.includes(name)) rejectOption(name, value, 'only at construction');
  }
  return Object.fromEntries(set);
}

/** @throws {WebSocketError} `INVALID_ARGUMENT`; 0 does not wait at all. */
export function checkShutdownTimeout(timeoutMs: number): void {
  checkInteger('timeoutMs', timeoutMs, [0, TIME_OPTIONS.shutdownTimeout.range[1]]);
}

function withDerived<M>(options: WebSocketServerOptions<M>): WebSocketServerOptions<M> {
  const { heartbeatInterval, heartbeatTimeout, maxMissedPongs } = options;
  return {
    ...options,
    perMessageDeflate: checkDeflateSettings(options.perMessageDeflate) ?? false,
    maxFrameSize: options.maxFrameSize || options.maxMessageSize,
    maxUnfinishedBytes: options.maxUnfinishedBytes || UNFINISHED_MESSAGES * options.maxMessageSize,
    maxIdleTime:
      options.maxIdleTime || heartbeatInterval + maxMissedPongs * heartbeatTimeout + 1_000,
  };
}

function checkRelations<M>(options: WebSocketServerOptions<M>): void {
  for (const [name, relation, other] of RELATIONS) {
    if (name === 'heartbeatTimeout' && !options.enableHeartbeat) continue;
    if (HOLDS[relation](options[name], options[other])) continue;
    rejectOption(name, options[name], `${relation} ${other}, ${options[other]}`);
  }
}
