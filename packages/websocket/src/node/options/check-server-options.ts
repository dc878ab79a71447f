/** Merges the given options with the defaults, and rejects values that cannot work. */
import { checkDeflateSettings } from './deflate-settings.ts';
import { completeOptions, type IntegerOption } from './option-table.ts';
import { SERVER_OPTIONS, type WebSocketServerOptions } from './server-options.ts';
import { TIME_OPTIONS } from './time-limits.ts';
import { checkInteger, rejectOption } from './value-checks.ts';

/** Messages of the maximum size that may be unfinished at the same time, by default. */
const UNFINISHED_MESSAGES = 64;

/** How a value relates to its limit, which is another option, and the text for that. */
const RELATIONS = {
  below: [(value, limit) => value < limit, (limit) => `less than ${limit}`],
  atLeast: [(value, limit) => value >= limit, (limit) => `${limit}, or more`],
  atMost: [(value, limit) => value <= limit, (limit) => `${limit}, or less`],
  above: [(value, limit) => value > limit, (limit) => `more than ${limit}`],
} as const satisfies Record<
  string,
  readonly [(value: number, limit: number) => boolean, (limit: string) => string]
>;

const LIMITED_BY_OTHERS = [
  ['heartbeatTimeout', 'below', 'heartbeatInterval'],
  ['maxIdleTime', 'atLeast', 'heartbeatInterval'],
  ['maxUnfinishedBytes', 'atLeast', 'maxMessageSize'],
  ['maxFrameSize', 'atMost', 'maxMessageSize'],
  ['reservedConnections', 'atMost', 'maxConnections'],
  ['shutdownTimeout', 'above', 'closeTimeout'],
] as const;

export function checkServerOptions<M>(
  given: Partial<WebSocketServerOptions<M>>,
): WebSocketServerOptions<M> {
  // Only hooks depend on M; the table knows that they are functions.
  const complete = completeOptions(SERVER_OPTIONS, given) as WebSocketServerOptions<M>;
  const { maxMessageSize, heartbeatInterval, heartbeatTimeout, maxMissedPongs } = complete;
  const options = Object.freeze({
    ...complete,
    perMessageDeflate: checkDeflateSettings(complete.perMessageDeflate) ?? false,
    maxFrameSize: complete.maxFrameSize || maxMessageSize,
    maxUnfinishedBytes: complete.maxUnfinishedBytes || UNFINISHED_MESSAGES * maxMessageSize,
    maxIdleTime:
      complete.maxIdleTime || heartbeatInterval + maxMissedPongs * heartbeatTimeout + 1_000,
  });
  for (const [name, relation, other] of LIMITED_BY_OTHERS) {
    if (name === 'heartbeatTimeout' && !options.enableHeartbeat) continue;
    const [holds, describe] = RELATIONS[relation];
    if (holds(options[name], options[other])) continue;
    rejectOption(name, options[name], describe(`${other}, ${options[other]}`));
  }
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

/** The changes, without `undefined`; throws for an option that is fixed at construction. */
export function checkServerUpdate(changes: ServerUpdate): ServerUpdate {
  const set = Object.entries(changes).filter(([, value]) => value !== undefined);
  for (const [name, value] of set) {
    if (!UPDATABLE.includes(name)) rejectOption(name, value, 'only at construction');
  }
  return Object.fromEntries(set);
}

export function checkShutdownTimeout(timeoutMs: number): void {
  checkInteger('timeoutMs', timeoutMs, [0, TIME_OPTIONS.shutdownTimeout.range[1]]);
}
