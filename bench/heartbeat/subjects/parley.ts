/** Our engine; its heartbeat is on by default, only the interval is another. */
import { WebSocketServer } from '@parley/websocket';
import { serve } from './host.ts';

serve({ start, begin: () => {} });

async function start({ intervalMs }: { readonly intervalMs: number }): Promise<number> {
  const server = new WebSocketServer({
    maxConnections: 1_000_000,
    // All come from one address, at once, to a machine that may be busy.
    maxConnectionsPerIp: 0,
    maxConnectionsPerMinutePerIp: 0,
    pressureInterval: 0,
    heartbeatInterval: intervalMs,
    heartbeatTimeout: intervalMs / 2,
  });
  const { port } = await server.listen(0, '127.0.0.1');
  return port;
}
