/** How many descriptors a process here may open; Node raises its own limit to the hard one. */
import { spawnSync } from 'node:child_process';

/** Descriptors that a process needs besides its connections. */
const SPARE = 100;

/** Why `connections` in one process cannot be had, or `undefined`. */
export function findDescriptorObstacle(connections: number): string | undefined {
  const { stdout = '' } = spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' });
  const limit = Number.parseInt(stdout, 10);
  if (Number.isNaN(limit) || limit >= connections + SPARE) return undefined;
  return `needs ${connections + SPARE} descriptors per process, the hard limit is ${limit}; raise it (ulimit -Hn)`;
}
