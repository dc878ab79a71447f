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
  readonly lastActivity: number;
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
  return candidates.sort(compare).slice(0, count);
}

function compare(a: ShedCandidate, b: ShedCandidate): number {
  return (
    rank(a.priority) - rank(b.priority) ||
    heldBytes(b) - heldBytes(a) ||
    a.lastActivity - b.lastActivity
  );
}

function heldBytes({ bufferedBytes, unfinishedBytes }: ShedCandidate): number {
  return bufferedBytes + unfinishedBytes;
}

function rank(priority: ConnectionPriority): number {
  return CONNECTION_PRIORITIES.indexOf(priority);
}
