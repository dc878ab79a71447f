/** The connections of clients: the feature, opened on the core. */

import type { Core } from '../core/core.ts';
import { Connections, type ConnectionsDependencies } from './connections.ts';

export function openConnections(
  core: Core,
  others: Pick<
    ConnectionsDependencies,
    'liveSessions' | 'presence' | 'blocks' | 'conversations' | 'slowConsumerReplay' | 'userGroups'
  >,
) {
  const connections = new Connections({ ...core, ...others });
  // A connection without its rooms is useless: it takes its turn, but no budget.
  return { services: { connections: core.reads.limit(connections, { welcome: () => 0 }) } };
}
