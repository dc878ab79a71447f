/**
 * When a server counts as overloaded, and what it does then.
 *
 * Each threshold marks the CRITICAL level of a resource. The ELEVATED level begins at 80 % of the
 * threshold (`cpu` at 7/9, connections at 16/19, event loop delay at 1/5: 70 %, 80 % and 10 ms by
 * default). At ELEVATED, new connections wait 100 ms and those of low priority are rejected. At
 * CRITICAL, new connections wait 500 ms, only those of high and critical priority are accepted,
 * connections are shed, and optional work is reduced. A level ends after the resource has been well
 * below its mark for half a minute.
 */

import type { ShedPriority } from '../admission/shedding-policy.ts';
import type { IntegerRange } from './value-checks.ts';

/** Level from which work is reduced. */
export const REDUCTION_MARKS = ['never', 'ELEVATED', 'CRITICAL'] as const;

export type ReductionMark = (typeof REDUCTION_MARKS)[number];

export interface PressureLimits {
  /**
   * Time between two checks of the resources while there are connections, in milliseconds. Range 0
   * to 600,000; 0 turns overload protection off. Default 5,000: soon enough to react, rare enough
   * to cost nothing.
   */
  readonly pressureInterval: number;

  /**
   * Memory use in percent of the limit that would end the process: the memory of the container or
   * machine, or the limit of the JavaScript heap, whichever is closer. Range 0 to 100; 0 turns this
   * check off. Default 85: the remaining memory is needed to free some.
   */
  readonly memoryThreshold: number;

  /**
   * Busy time of the event loop over half a minute, in percent. Range 0 to 100; 0 turns this check
   * off. Default 90: above it, waiting times grow out of proportion.
   */
  readonly cpuThreshold: number;

  /**
   * Delay of the server's ticks over ten seconds, in milliseconds. Range 0 to 60,000; 0 turns this
   * check off. Default 50: users notice it.
   */
  readonly loopDelayThreshold: number;

  /**
   * Ratio of the current to the usual time for handling received data, listeners included. The
   * usual time is the mean of the last minutes under load, and at least 2 ms. One read in 64 is
   * timed. Range 0 to 1,000; 0 turns this check off. Default 5: a change of workload stays below
   * it, a lack of CPU time does not.
   */
  readonly responseTimeThreshold: number;

  /**
   * Connection slots in use, in percent of `maxConnections`. Range 0 to 100; 0 turns this check
   * off. Default 95: the remaining slots are for clients that do not have low priority.
   */
  readonly connectionThreshold: number;

  /**
   * Bytes that wait to be sent to all peers, plus the bytes held of messages that peers have begun
   * and not finished. Range 0 to 2^40; 0 turns this check off. Default 256 MiB: 256 connections
   * with a full `writeBufferLimit` each.
   */
  readonly maxBufferedBytes: number;

  /**
   * Number of peers that accept none of the bytes that wait for them. Range 0 to 10,000,000; 0
   * turns this check off. Default 1,000: far more than have a bad network at one time.
   */
  readonly maxBlockedConnections: number;

  /**
   * Highest priority of connections that are shed (closed with 1013) while the level is CRITICAL, 5
   * % of the connections and at most 100 per check: `none`, `low`, or `normal` (low ones first).
   * Default `low`: only connections that the application has marked as unimportant are shed.
   */
  readonly shedPriority: ShedPriority;

  /**
   * Level of `cpu`, `loopDelay` or `responseTime` from which messages are sent uncompressed,
   * regardless of `compress`: `ELEVATED`, `CRITICAL`, or `never`. Other resources do not count:
   * compression helps if memory or bandwidth is short. Default `CRITICAL`: bytes cost less than a
   * delayed event loop.
   */
  readonly stopCompressionAt: ReductionMark;

  /**
   * Level from which broadcasts of `priority: 'low'` are dropped, and counted: `ELEVATED`,
   * `CRITICAL`, or `never`. The use of connection slots does not count. Default `CRITICAL`: only
   * messages that the application has marked are dropped, and only if necessary.
   */
  readonly dropLowPriorityAt: ReductionMark;
}

export const PRESSURE_DEFAULTS: PressureLimits = Object.freeze({
  pressureInterval: 5_000,
  memoryThreshold: 85,
  cpuThreshold: 90,
  loopDelayThreshold: 50,
  responseTimeThreshold: 5,
  connectionThreshold: 95,
  maxBufferedBytes: 268_435_456,
  maxBlockedConnections: 1_000,
  shedPriority: 'low',
  stopCompressionAt: 'CRITICAL',
  dropLowPriorityAt: 'CRITICAL',
});

export const PRESSURE_BOUNDS = {
  pressureInterval: [0, 600_000],
  memoryThreshold: [0, 100],
  cpuThreshold: [0, 100],
  loopDelayThreshold: [0, 60_000],
  responseTimeThreshold: [0, 1_000],
  connectionThreshold: [0, 100],
  maxBufferedBytes: [0, 2 ** 40],
  maxBlockedConnections: [0, 10_000_000],
} as const satisfies Partial<Record<keyof PressureLimits, IntegerRange>>;
