/**
 * Selects connections that an overloaded server closes: lowest priority first, then highest cost,
 * then longest silence. Pure.
 */
import { CONNECTION_PRIORITIES, type ConnectionPriority } from './priority.ts';

/** Highest priority that may be shed; `high` and `critical` are never shed. */
export const SHED_PRIORITIES = ['none', 'low', 'normal'] as const;

export type ShedPriority = (typeof SHED_PRIORITIES)[number];

export interface ShedCandidate {
  readonly priority: ConnectionPriority;
  readonly bufferedBytes: number;
  readonly unfinishedBytes: number;
  readonly lastActivity: Date;
}

/** The order of shedding, read once from each connection. */
interface ShedKey {
  readonly priorityRank: number;
  readonly heldBytes: number;
  readonly lastActivityMs: number;
}

/** Small steps, so that their effect is measured before the next step. */
const STEP_SHARE = 0.05;
const STEP_MAX = 100;

/** Returns at most one step of the connections that may be shed, the first to shed in front. */
export function chooseForShedding<Each extends ShedCandidate>(
  connections: Iterable<Each>,
  upTo: ShedPriority,
): readonly Each[] {
  if (upTo === 'none') return [];
  const highest = rank(upTo);
  const candidates = [...connections].filter(({ priority }) => rank(priority) <= highest);
  const count = Math.min(Math.ceil(candidates.length * STEP_SHARE), STEP_MAX);
  const sorted = candidates
    .map((candidate) => ({ candidate, key: keyOf(candidate) }))
    .sort((a, b) => compare(a.key, b.key));
  return sorted.slice(0, count).map(({ candidate }) => candidate);
}

function keyOf(candidate: ShedCandidate): ShedKey {
  const { priority, bufferedBytes, unfinishedBytes, lastActivity } = candidate;
  return {
    priorityRank: rank(priority),
    heldBytes: bufferedBytes + unfinishedBytes,
    lastActivityMs: lastActivity.getTime(),
  };
}

function compare(a: ShedKey, b: ShedKey): number {
  return (
    a.priorityRank - b.priorityRank ||
    b.heldBytes - a.heldBytes ||
    a.lastActivityMs - b.lastActivityMs
  );
}

function rank(priority: ConnectionPriority): number {
  return CONNECTION_PRIORITIES.indexOf(priority);
}
