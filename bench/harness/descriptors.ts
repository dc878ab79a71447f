/** Maximum number of descriptors of a process here; Node raises its own limit to the hard limit. */
import { spawnSync } from 'node:child_process';

/** Descriptors that a process needs besides its connections. */
const SPARE = 100;

/** Why a process cannot open this number of connections; `undefined` if it can. */
export function findDescriptorObstacle(connections: number): string | undefined {
  const { stdout = '' } = spawnSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' });
  const limit = Number.parseInt(stdout, 10);
  if (Number.isNaN(limit) || limit >= connections + SPARE) return undefined;
  return `needs ${connections + SPARE} descriptors per process, the hard limit is ${limit}; raise it (ulimit -Hn)`;
}
