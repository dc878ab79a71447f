/** Merges given options over the defaults, and refuses what cannot work. */
import { WebSocketError } from '../protocol/errors.ts';
import { checkDeflateSettings } from './options/deflate-settings.ts';
import { SLOW_CONSUMER_POLICIES } from './options/size-limits.ts';
import { NUMBER_BOUNDS, OPTION_DEFAULTS, type WebSocketServerOptions } from './options.ts';

/** The limits that ticks judge by. */
type TickLimits = Pick<
  WebSocketServerOptions,
  'heartbeatInterval' | 'heartbeatTimeout' | 'fragmentTimeout' | 'writeTimeout'
>;

const HOOKS = ['isOriginAllowed', 'selectProtocol', 'authorize'] as const;
const KNOWN: ReadonlySet<string> = new Set([...Object.keys(OPTION_DEFAULTS), ...HOOKS]);

/**
 * The options in full. One that is given as `undefined` keeps its default; 0 is a value.
 *
 * @throws {WebSocketError} `INVALID_ARGUMENT`, naming option, value found and range.
 */
export function checkOptions<M>(
  given: Partial<WebSocketServerOptions<M>>,
): WebSocketServerOptions<M> {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name] of set) {
    if (!KNOWN.has(name)) refuse(name, 'set', 'an option that exists');
  }
  // The defaults hold no hook, which is all that M stands for.
  const defaults = OPTION_DEFAULTS as WebSocketServerOptions<M>;
  const merged: WebSocketServerOptions<M> = { ...defaults, ...Object.fromEntries(set) };
  checkNumbers(merged);
  checkOthers(merged);

  const options = Object.freeze(withDerived(merged));
  checkRelations(options);
  return options;
}

/** How often time limits are looked at: each second, or four times within the shortest limit. */
export function tickMs(options: TickLimits): number {
  const shortest = Math.min(
    options.heartbeatInterval,
    options.heartbeatTimeout,
    options.fragmentTimeout,
    options.writeTimeout,
  );
  return Math.min(Math.max(Math.floor(shortest / 4), 5), 1_000);
}

function checkNumbers<M>(options: WebSocketServerOptions<M>): void {
  // The keys of the table are its type's keys, no others.
  for (const name of Object.keys(NUMBER_BOUNDS) as (keyof typeof NUMBER_BOUNDS)[]) {
    const value: unknown = options[name];
    const [min, max] = NUMBER_BOUNDS[name];
    const isInRange =
      typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
    if (!isInRange) refuse(name, value, `a whole number from ${min} to ${max}`);
  }
}

function checkOthers<M>(options: WebSocketServerOptions<M>): void {
  const { slowConsumerPolicy, enableHeartbeat, paths, allowedOrigins, protocols } = options;
  if (!SLOW_CONSUMER_POLICIES.includes(slowConsumerPolicy)) {
    refuse('slowConsumerPolicy', slowConsumerPolicy, SLOW_CONSUMER_POLICIES.join(', '));
  }
  if (typeof enableHeartbeat !== 'boolean') {
    refuse('enableHeartbeat', enableHeartbeat, 'true or false');
  }
  for (const [name, list] of Object.entries({ paths, allowedOrigins, protocols })) {
    if (list !== undefined && !isTextList(list)) refuse(name, list, 'a list of texts');
  }
  for (const name of [...HOOKS, 'handleRequest', 'debugLog'] as const) {
    const value = options[name];
    if (value !== undefined && typeof value !== 'function') refuse(name, value, 'a function');
  }
  for (const [name, hook] of Object.entries({ ...options.trace })) {
    if (typeof hook !== 'function') refuse(`trace.${name}`, hook, 'a function');
  }
}

function withDerived<M>(options: WebSocketServerOptions<M>): WebSocketServerOptions<M> {
  const { heartbeatInterval, heartbeatTimeout, maxMissedPongs } = options;
  return {
    ...options,
    perMessageDeflate: checkDeflateSettings(options.perMessageDeflate) ?? false,
    maxFrameSize: options.maxFrameSize || options.maxMessageSize,
    maxIdleTime:
      options.maxIdleTime || heartbeatInterval + maxMissedPongs * heartbeatTimeout + 1_000,
  };
}

function checkRelations<M>(options: WebSocketServerOptions<M>): void {
  const { heartbeatInterval, heartbeatTimeout, maxIdleTime } = options;
  if (options.enableHeartbeat && heartbeatTimeout >= heartbeatInterval) {
    refuse(
      'heartbeatTimeout',
      heartbeatTimeout,
      `less than heartbeatInterval, ${heartbeatInterval}`,
    );
  }
  if (maxIdleTime < heartbeatInterval) {
    refuse('maxIdleTime', maxIdleTime, `heartbeatInterval, ${heartbeatInterval}, or more`);
  }
  if (options.maxFrameSize > options.maxMessageSize) {
    refuse(
      'maxFrameSize',
      options.maxFrameSize,
      `maxMessageSize, ${options.maxMessageSize}, or less`,
    );
  }
  if (options.shutdownTimeout <= options.closeTimeout) {
    refuse(
      'shutdownTimeout',
      options.shutdownTimeout,
      `more than closeTimeout, ${options.closeTimeout}`,
    );
  }
}

function isTextList(list: unknown): boolean {
  return Array.isArray(list) && list.every((each) => typeof each === 'string');
}

function refuse(name: string, found: unknown, allowed: string): never {
  const text = typeof found === 'string' ? `'${found}'` : String(found);
  throw new WebSocketError(`option ${name} is ${text}; allowed: ${allowed}`, 'INVALID_ARGUMENT');
}
