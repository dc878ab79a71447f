/** The role of a server process: alone on its store, or one of several nodes that share it. */
import type { Values } from './load-config.ts';

export type Role = 'single' | 'node';

type RoleSettings = Pick<Values, 'BUS' | 'REDIS_URL' | 'DATABASE_URL'>;

/** A process is a node if it can reach other nodes and shares their store. */
export function roleOf({ BUS, REDIS_URL, DATABASE_URL }: RoleSettings): Role {
  const hasSharedParts = REDIS_URL !== undefined && DATABASE_URL !== 'sqlite:';
  return hasSharedParts && BUS !== 'memory' ? 'node' : 'single';
}

export function describeRole(settings: RoleSettings): string {
  return roleOf(settings) === 'node' ? 'node of a cluster' : 'single server';
}
