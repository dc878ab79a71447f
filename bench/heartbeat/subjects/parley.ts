/** Our engine with its default heartbeat; only the interval differs. */
import { WebSocketServer } from '@parley/websocket';
import { serve } from './host.ts';

serve({ start, begin: () => {} });

async function start({ intervalMs }: { readonly intervalMs: number }): Promise<number> {
  const server = new WebSocketServer({
    maxConnections: 1_000_000,
    // All clients connect at once from one address, to a machine that may be busy.
    maxConnectionsPerIp: 0,
    maxConnectionsPerMinutePerIp: 0,
    pressureInterval: 0,
    heartbeatInterval: intervalMs,
    heartbeatTimeout: intervalMs / 2,
  });
  const { port } = await server.listen(0, '127.0.0.1');
  return port;
}
