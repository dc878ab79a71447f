/** Shared by both servers: they are started and read by their parent. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { answerRequests } from '../../harness/part.ts';
import { readUsage, type Usage } from '../../harness/usage.ts';

export type HeartbeatRequests = {
  /** Gives the port. */
  start(terms: { readonly intervalMs: number }): Promise<number>;
  /** All connections are there; a heartbeat that is not under way yet begins. */
  begin(): void;
  usage(): Usage;
  /** From here on the loop is watched, which costs something itself. */
  watchTurns(): void;
  /** The longest time that something else had to wait for the loop. */
  longestTurnMs(): number;
};

/** Thousands of clients come at once. */
export const BACKLOG = 4_096;

const turns = monitorEventLoopDelay({ resolution: 1 });

export function serve({ start, begin }: Pick<HeartbeatRequests, 'start' | 'begin'>): void {
  answerRequests<HeartbeatRequests>({
    start,
    begin,
    usage: readUsage,
    watchTurns: () => void turns.enable(),
    longestTurnMs: () => turns.max / 1e6,
  });
}
