/** Binds processes to CPU cores: the server to one core, the load to another. */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

export type Side = 'server' | 'load';

const CORES: Readonly<Record<Side, string>> = { server: '0', load: '1' };

const canBind =
  availableParallelism() > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0;

/** Describes for the report how the two sides share the machine. */
export const binding = canBind
  ? `server on core ${CORES.server}, load on core ${CORES.load} (taskset)`
  : 'not bound to cores: there is no taskset here, or one core only';

/** Returns the command line that runs `command` on the core of its side. */
export function boundCommand(side: Side, command: readonly string[]): readonly string[] {
  return canBind ? ['taskset', '-c', CORES[side], ...command] : command;
}
