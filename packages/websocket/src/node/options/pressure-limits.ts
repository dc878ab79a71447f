/**
 * When a server is in need, and what it does then.
 *
 * Each threshold is where a resource is CRITICAL; from 80 % of it, it is ELEVATED (`cpu` from 7/9,
 * connections from 16/19, the loop's delay from 1/5: 70 %, 80 % and 10 ms by default). ELEVATED makes
 * newcomers wait 100 ms, and refuses those of low priority; CRITICAL makes them wait 500 ms, refuses
 * all but high and critical ones, sheds, and does less of what can be missed. A level ends after half
 * a minute well below its mark.
 */

import type { ReductionMark } from '../admission/degradation.ts';
import type { ShedPriority } from '../admission/load-shedder.ts';
import type { Bounds } from './bounds.ts';

export interface PressureLimits {
  /**
   * Time between two looks at the resources, while there are connections. Range 0 to 600,000; 0
   * watches nothing. Default 5,000: soon enough to act, too rare to cost.
   */
  readonly pressureInterval: number;

  /**
   * Memory, in percent of what ends the process: the container's or machine's memory, or the
   * limit of the JavaScript heap, whichever is nearer. Range 0 to 100; 0 does not watch it.
   * Default 85: what is left is needed by whoever is to free some.
   */
  readonly memoryThreshold: number;

  /**
   * The loop's share of busy time over half a minute, in percent. Range 0 to 100; 0 does not
   * watch it. Default 90: above it every wait grows out of proportion.
   */
  readonly cpuThreshold: number;

  /**
   * How late the server's ticks come, in milliseconds, over ten seconds. Range 0 to 60,000; 0
   * does not watch it. Default 50: people notice it.
   */
  readonly loopDelayThreshold: number;

  /**
   * How many times as long as usual what a peer sends takes to be handled, listeners included;
   * usual is the mean of the last minutes of load, and at least 2 ms. One read in 64 is timed.
   * Range 0 to 1,000; 0 does not watch it. Default 5: no change of work, but a want of time.
   */
  readonly responseTimeThreshold: number;

  /**
   * Places that are taken, in percent of `maxConnections`. Range 0 to 100; 0 does not watch them.
   * Default 95: the rest is for whoever matters more than those of low priority.
   */
  readonly connectionThreshold: number;

  /**
   * Bytes that wait for all peers together, and those that are held of messages which peers have
   * begun and not finished. Range 0 to 2^40; 0 does not watch them. Default 256 MiB: 1,000
   * connections with a full `writeBufferLimit` each.
   */
  readonly maxBufferedBytes: number;

  /**
   * Peers that take none of the bytes that wait for them. Range 0 to 10,000,000; 0 does not watch
   * them. Default 1,000: as many as there may be connections by default.
   */
  readonly maxBlockedConnections: number;

  /**
   * Up to which priority connections are closed with 1013 while the level is CRITICAL, 5 % of
   * them and at most 100 at each look: `none`, `low`, or `normal` (the low ones first). Default
   * `low`: nobody is shed whom the application has not called unimportant.
   */
  readonly shedPriority: ShedPriority;

  /**
   * From which level of `cpu`, `loopDelay` or `responseTime` on messages go out plain, whatever `compress` says:
   * `ELEVATED`, `CRITICAL`, or `never`. Other resources do not count: where memory or the line is
   * scarce, compression helps. Default `CRITICAL`: bytes are cheaper than a loop that is late.
   */
  readonly stopCompressionAt: ReductionMark;

  /**
   * From which level on broadcasts of `priority: 'low'` are dropped, and counted: `ELEVATED`,
   * `CRITICAL`, or `never`. A lack of places does not count. Default `CRITICAL`: nothing goes
   * missing that the application has not marked, and none of that before it has to.
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
} as const satisfies Partial<Record<keyof PressureLimits, Bounds>>;
