/** The bus of a server that is the only node: there is no other node to reach. */
import type { Bus } from '../../ports/bus.ts';

export function openMemoryBus(): Bus {
  return {
    nodeId: 'only',
    isShared: false,
    isUp: true,
    publish: () => {},
    subscribe: async () => () => {},
    onReconnected: () => () => {},
    close: async () => {},
  };
}
