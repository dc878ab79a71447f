/** The role of a server process: alone on its store, or one of several nodes that share it. */
export type Role = 'single' | 'node';

interface RoleSettings {
  readonly BUS: 'redis' | 'memory' | undefined;
  readonly REDIS_URL: string | undefined;
  readonly DATABASE_URL: string;
}

/** A process is a node if it can reach other nodes and shares their store. */
export function roleOf({ BUS, REDIS_URL, DATABASE_URL }: RoleSettings): Role {
  const hasSharedParts = REDIS_URL !== undefined && DATABASE_URL !== 'sqlite:';
  return hasSharedParts && BUS !== 'memory' ? 'node' : 'single';
}

export function describeRole(settings: RoleSettings & { readonly WORKERS: number }): string {
  const role = roleOf(settings) === 'node' ? 'node of a cluster' : 'single server';
  return settings.WORKERS === 1 ? role : `${role}, ${settings.WORKERS} worker processes`;
}
