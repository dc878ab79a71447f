/**
 * Chooses whom a server in need lets go: the least important first, among equals who costs most,
 * among those who was silent longest (WS-229). Pure.
 */
import { CONNECTION_PRIORITIES, type ConnectionPriority } from './priority.ts';

/** The most important that may be shed; `high` and `critical` never are (WS-231). */
export const SHED_PRIORITIES = ['none', 'low', 'normal'] as const;

export type ShedPriority = (typeof SHED_PRIORITIES)[number];

export interface ShedCandidate {
  readonly priority: ConnectionPriority;
  readonly bufferedBytes: number;
  readonly unfinishedBytes: number;
  readonly lastActivity: number;
}

/** Small steps, so that a look at what they did comes before the next (WS-230). */
const STEP_SHARE = 0.05;
const STEP_MAX = 100;

/** At most a step's worth of those who may be shed, whom to shed first at the front. */
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
