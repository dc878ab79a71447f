/** Shared by both servers: the parent process starts and reads them. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { answerRequests } from '../../harness/child-program.ts';
import { readUsage, type Usage } from '../../harness/usage.ts';

export type HeartbeatRequests = {
  /** Returns the port. */
  start(options: { readonly intervalMs: number }): Promise<number>;
  /** All connections are open; starts the heartbeat if it is not running yet. */
  begin(): void;
  usage(): Usage;
  /** Starts monitoring the event loop, which has a cost of its own. */
  watchTurns(): void;
  /** The longest delay of the event loop. */
  longestTurnMs(): number;
};

/** Thousands of clients connect at once. */
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
