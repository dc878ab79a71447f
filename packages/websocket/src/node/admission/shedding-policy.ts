/** Selects connections to shed: lowest priority first, then highest cost, then longest silence. */
import type { Connection } from '../connection/connection.ts';

/** Highest priority that may be shed, in the order of `CONNECTION_PRIORITIES`, after `none`. */
export const SHED_PRIORITIES = ['none', 'low', 'normal'] as const;

export type ShedPriority = (typeof SHED_PRIORITIES)[number];

type ShedCandidate = Pick<
  Connection<never>,
  'priority' | 'bufferedBytes' | 'unfinishedBytes' | 'lastActivity'
>;

/** Small steps, so that their effect is measured before the next step. */
const STEP_SHARE = 0.05;
const STEP_MAX = 100;

/** Returns at most one step of the connections that may be shed, the first to shed in front. */
export function chooseForShedding<Each extends ShedCandidate>(
  connections: Iterable<Each>,
  upTo: ShedPriority,
): readonly Each[] {
  const allowed: readonly string[] = SHED_PRIORITIES.slice(1, SHED_PRIORITIES.indexOf(upTo) + 1);
  const ranked = [...connections]
    .filter(({ priority }) => allowed.includes(priority))
    // Read once from each connection.
    .map((each) => ({
      each,
      rank: allowed.indexOf(each.priority),
      heldBytes: each.bufferedBytes + each.unfinishedBytes,
      lastActivityMs: each.lastActivity.getTime(),
    }))
    .sort(
      (a, b) => a.rank - b.rank || b.heldBytes - a.heldBytes || a.lastActivityMs - b.lastActivityMs,
    );
  const count = Math.min(Math.ceil(ranked.length * STEP_SHARE), STEP_MAX);
  return ranked.slice(0, count).map(({ each }) => each);
}
