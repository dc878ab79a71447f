/** Counts the upgrades of a server by result, from its metrics. */
import type { TestServer } from './test-server.ts';

export function handshakesOf({ server }: Pick<TestServer, 'server'>): Record<string, number> {
  const family = server.metrics.collect().find(({ name }) => name === 'websocket_handshakes_total');
  return Object.fromEntries(
    (family?.samples ?? []).map(({ labels, value }) => [labels['result'] ?? '', value]),
  );
}
