/** The resources that a server can run out of, and the work that is reduced then. */
import type { PressureLimits, ReductionMark } from '../options/pressure-limits.ts';
import { type GaugeRules, PRESSURE_LEVELS, type PressureLevel } from './resource-pressure.ts';

/**
 * Resources whose level counts together: event loop time; also what load uses up; also slots. Full
 * slots affect only low priority: open connections are not harmed.
 */
const SCOPES = ['time', 'load', 'all'] as const;

type ResourceScope = (typeof SCOPES)[number];

export type PressureLevels = Readonly<Record<ResourceScope, PressureLevel>>;

interface ResourceRow extends GaugeRules {
  readonly scope: ResourceScope;
  /** The option whose value begins CRITICAL; with 0 the resource is not monitored. */
  readonly threshold: keyof PressureLimits;
}

export const RESOURCES = {
  memory: { scope: 'load', threshold: 'memoryThreshold' },
  // Half a minute at the default interval; 70 of 90 %, and just below 80 of 95 %.
  cpu: { scope: 'time', threshold: 'cpuThreshold', sustained: 6, warningShare: 7 / 9 },
  // 10 of 50 ms.
  loopDelay: { scope: 'time', threshold: 'loopDelayThreshold', sustained: 2, warningShare: 1 / 5 },
  responseTime: { scope: 'time', threshold: 'responseTimeThreshold', sustained: 2 },
  connections: { scope: 'all', threshold: 'connectionThreshold', warningShare: 16 / 19 },
  bufferedBytes: { scope: 'load', threshold: 'maxBufferedBytes' },
  blockedConnections: { scope: 'load', threshold: 'maxBlockedConnections' },
} as const satisfies Record<string, ResourceRow>;

/**
 * `memory`, `cpu` and `connections` in percent of the available amount, `loopDelay` in
 * milliseconds, `responseTime` in multiples of the usual time, `bufferedBytes` in bytes over all
 * connections, `blockedConnections` in peers that accept no bytes.
 */
export type ResourceType = keyof typeof RESOURCES;

export function isWithin(scope: ResourceScope, type: ResourceType): boolean {
  return SCOPES.indexOf(RESOURCES[type].scope) <= SCOPES.indexOf(scope);
}

/** The work that can be reduced: see `stopCompressionAt` and `dropLowPriorityAt`. */
export const REDUCTIONS = ['compression', 'lowPriorityBroadcasts'] as const;

export type Reduction = (typeof REDUCTIONS)[number];

/** The set of reductions has changed. */
export interface QualityChange {
  readonly reduced: readonly Reduction[];
  readonly previous: readonly Reduction[];
}

/** The reductions that apply at these levels. */
export function reductionsAt(
  { time, load }: PressureLevels,
  marks: Pick<PressureLimits, 'stopCompressionAt' | 'dropLowPriorityAt'>,
): readonly Reduction[] {
  const applies = {
    compression: reaches(time, marks.stopCompressionAt),
    lowPriorityBroadcasts: reaches(load, marks.dropLowPriorityAt),
  };
  return REDUCTIONS.filter((each) => applies[each]);
}

function reaches(level: PressureLevel, mark: ReductionMark): boolean {
  return mark !== 'never' && PRESSURE_LEVELS.indexOf(level) >= PRESSURE_LEVELS.indexOf(mark);
}

/** Delay of new connections by the level of the load; they hold a slot meanwhile. */
export const DELAY_MS = Object.freeze({ NORMAL: 0, ELEVATED: 100, CRITICAL: 500 });
