/**
 * Limits the lines that clients, rooms and messages of other nodes can cause in any number: one per
 * cause and interval, with a count of the suppressed ones. It never throws: no connection and no commit
 * fails because of the log.
 */
import type { Clock, Timer } from '../ports/clock.ts';
import type { Logger, LogRecord } from '../ports/logger.ts';

interface Cause {
  /** The latest suppressed entry. */
  latest: BoundedEntry | undefined;
  suppressed: number;
  timer: Timer;
}

const BOUNDED_EVENTS = [
  'connection.refused',
  'login.refused',
  'command.failed',
  'store.failed',
  'bus.failed',
  'bus.foreign',
  'secrets.differ',
  'sockets.full',
  'host.refused',
  'origin.refused',
  'token.refused',
] as const;

type BoundedEntry = Extract<LogRecord, { readonly event: (typeof BOUNDED_EVENTS)[number] }>;

const INTERVAL_MS = 10_000;
/** Beyond this number, causes are no longer distinguished by address. */
const CAUSES_MAX = 1000;
const MESSAGE_LENGTH_MAX = 100;
/** Of one error; an error may be its own cause. */
const ERROR_CAUSES_MAX = 4;

export class BoundedLogger implements Logger {
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #causes = new Map<string, Cause>();

  constructor(logger: Logger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  record(entry: LogRecord): void {
    try {
      if (isBounded(entry)) this.#recordOnce(entry);
      else this.#logger.record(entry);
    } catch {
      // A line that cannot be written is dropped.
    }
  }

  /** Writes the summaries of the entries that were suppressed so far. */
  close(): void {
    for (const { latest, suppressed, timer } of this.#causes.values()) {
      timer.cancel();
      if (latest !== undefined) this.#summarise(latest, suppressed);
    }
    this.#causes.clear();
  }

  #recordOnce(entry: BoundedEntry): void {
    const key = this.#keyOf(entry);
    const cause = this.#causes.get(key);
    if (cause === undefined) {
      this.#causes.set(key, this.#open(key));
      this.#logger.record(entry);
    } else {
      cause.latest = entry;
      cause.suppressed += 1;
    }
  }

  #open(key: string): Cause {
    const timer = this.#clock.schedule(INTERVAL_MS, () => this.#renew(key));
    return { latest: undefined, suppressed: 0, timer };
  }

  /** The summary of one interval is the line of the next one. */
  #renew(key: string): void {
    const { latest, suppressed = 0 } = this.#causes.get(key) ?? {};
    this.#causes.delete(key);
    if (latest === undefined) return;
    this.#causes.set(key, this.#open(key));
    this.#summarise(latest, suppressed);
  }

  #summarise(latest: BoundedEntry, suppressed: number): void {
    try {
      this.#logger.record({ ...latest, suppressed });
    } catch {
      // As in `record`.
    }
  }

  #keyOf(entry: BoundedEntry): string {
    const [kind, detail] = causeOf(entry);
    const key = `${kind} ${detail}`;
    return this.#causes.has(key) || this.#causes.size < CAUSES_MAX ? key : kind;
  }
}

function isBounded(entry: LogRecord): entry is BoundedEntry {
  return BOUNDED_EVENTS.some((event) => event === entry.event);
}

/** Kind of the cause, out of a few, and its detail, such as an address, of any number. */
function causeOf(entry: BoundedEntry): [kind: string, detail: string] {
  switch (entry.event) {
    case 'connection.refused':
      return [`${entry.event} ${entry.status} ${entry.reason}`, entry.address];
    case 'login.refused':
      return [`${entry.event} ${entry.reason}`, `${entry.address} ${entry.username ?? ''}`];
    case 'command.failed':
    case 'store.failed':
    case 'bus.failed':
      return [entry.event, describe(entry.error)];
    case 'token.refused':
      return [`${entry.event} ${entry.reason}`, ''];
    case 'secrets.differ':
      return [entry.event, entry.setting];
    // One cause each, for all addresses: the line tells the operator about a limit or a setting.
    case 'sockets.full':
    case 'host.refused':
    case 'origin.refused':
    case 'bus.foreign':
      return [entry.event, ''];
    default:
      return entry satisfies never;
  }
}

/** The error and its causes: the reason of an outage is the cause of an error with a general text. */
function describe(error: unknown, causesMax = ERROR_CAUSES_MAX): string {
  if (!(error instanceof Error)) return typeof error;
  const own = `${error.name} ${error.message.slice(0, MESSAGE_LENGTH_MAX)}`;
  if (error.cause === undefined || causesMax === 0) return own;
  return `${own}: ${describe(error.cause, causesMax - 1)}`;
}
