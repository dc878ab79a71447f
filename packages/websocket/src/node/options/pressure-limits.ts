/**
 * When a server counts as overloaded, and what it does then: see `admission/overload-table.ts`.
 * The checks of time and of blocked peers are off by default, because a process that is only busy
 * still serves every client.
 */
import { SHED_PRIORITIES } from '../admission/shedding-policy.ts';
import { choice, integer, type OptionValues } from './option-table.ts';

/** Level from which work is reduced. */
export type ReductionMark = (typeof REDUCTION_MARKS)[number];

const REDUCTION_MARKS = ['never', 'ELEVATED', 'CRITICAL'] as const;

export const PRESSURE_OPTIONS = Object.freeze({
  /**
   * Milliseconds between two checks of the resources while there are connections. Range 0 to
   * 600,000; 0 turns overload protection off. Default 5,000: soon enough to react, and rare enough.
   */
  pressureInterval: integer(5_000, [0, 600_000]),

  /**
   * Memory use in percent of the limit that would end the process: the memory of the container or
   * machine, or the limit of the JavaScript heap, whichever is closer. Range 0 to 100; 0 turns this
   * check off. Default 85: the remaining memory is needed to free some.
   */
  memoryThreshold: integer(85, [0, 100]),

  /**
   * Busy time of the event loop over half a minute, in percent. Range 0 to 100; 0 turns this check
   * off. Default 0; `UNTRUSTED_PEERS` has 90: above it, waiting times grow out of proportion.
   */
  cpuThreshold: integer(0, [0, 100]),

  /**
   * Delay of the server's ticks over ten seconds, in milliseconds. Range 0 to 60,000; 0 turns this
   * check off. Default 0; `UNTRUSTED_PEERS` has 50: users notice it.
   */
  loopDelayThreshold: integer(0, [0, 60_000]),

  /**
   * Ratio of the current to the usual time for handling received data, listeners included. The
   * usual time is the mean of the last minutes under load, and at least 2 ms. One read in 64 is
   * timed. Range 0 to 1,000; 0 turns this check off. Default 0; `UNTRUSTED_PEERS` has 5: a change
   * of workload stays below it, a lack of CPU time does not.
   */
  responseTimeThreshold: integer(0, [0, 1_000]),

  /**
   * Connection slots in use, in percent of `maxConnections`. Range 0 to 100; 0 turns this check
   * off. Default 95: the remaining slots are for clients that do not have low priority.
   */
  connectionThreshold: integer(95, [0, 100]),

  /**
   * Bytes that wait to be sent to all peers, plus the bytes held of messages that peers have begun
   * and not finished. Range 0 to 2^40; 0 turns this check off. Default 256 MiB: 256 connections
   * with a full `writeBufferLimit` each. `maxWaitingBytes` is a limit that is enforced at once.
   */
  maxBufferedBytes: integer(268_435_456, [0, 2 ** 40]),

  /**
   * Number of peers that accept none of the bytes that wait for them. Range 0 to 10,000,000; 0
   * turns this check off. Default 0: `maxBufferedBytes` limits their memory. `UNTRUSTED_PEERS` has
   * 1,000: far more than have a bad network at one time.
   */
  maxBlockedConnections: integer(0, [0, 10_000_000]),

  /**
   * Highest priority of connections that are shed (closed with 1013) while a value is above its
   * threshold, 5 % of the connections and at most 100 per check: `none`, `low`, or `normal` (low
   * ones first). The level itself, which ends later, closes none.
   * Default `low`: only connections that the application has marked as unimportant are shed.
   */
  shedPriority: choice('low', SHED_PRIORITIES),

  /**
   * Level of `cpu`, `loopDelay` or `responseTime` from which messages are sent uncompressed,
   * regardless of `compress`: `ELEVATED`, `CRITICAL`, or `never`. If other resources are short,
   * compression helps. Default `CRITICAL`: bytes cost less than a delayed event loop.
   */
  stopCompressionAt: choice('CRITICAL', REDUCTION_MARKS),

  /**
   * Level from which broadcasts of `priority: 'low'` are dropped, and counted: `ELEVATED`,
   * `CRITICAL`, or `never`. The use of connection slots does not count. Default `CRITICAL`: only
   * messages that the application has marked are dropped, and only if necessary.
   */
  dropLowPriorityAt: choice('CRITICAL', REDUCTION_MARKS),
});

export type PressureLimits = OptionValues<typeof PRESSURE_OPTIONS>;
