/** The faults of a run, by name. Each is over when its function resolves. */
import { setTimeout as wait } from 'node:timers/promises';
import { createClient } from 'redis';
import type { TcpProxy } from '../../packages/server/test/support/tcp-proxy.ts';
import type { FaultyCluster, FaultyNode, FaultyServer, ServerName } from './faulty-cluster.ts';

/** @param node The node that is affected, if it is not the whole cluster. */
type Injection = (node: FaultyNode) => Promise<void>;

/** How long a fault lasts. */
const FAULT_MS = 1500;
const DELAY_MS = 60;
const SILENCES = ['both', 'requests', 'answers'] as const;

export function injectionsOf(cluster: FaultyCluster): Readonly<Record<string, Injection>> {
  const ofServers = [...cluster.servers].map(([name, server]) => ofServer(name, server));
  return Object.assign(ofNodes(cluster), ...ofServers);
}

function ofNodes(cluster: FaultyCluster): Record<string, Injection> {
  return {
    async 'kill a node'(node) {
      await node.kill();
      await wait(FAULT_MS);
      await node.start();
    },
    async 'stop a node'(node) {
      node.freeze();
      await wait(2 * FAULT_MS);
      node.thaw();
    },
    async 'delay all data of a node'({ proxies }) {
      for (const proxy of proxies.values()) proxy.delayMs = DELAY_MS;
      await wait(FAULT_MS);
      for (const proxy of proxies.values()) proxy.restore();
    },
    async 'empty Redis'() {
      const client = createClient({ url: cluster.redis.url });
      await client.connect();
      await client.flushAll();
      client.destroy();
    },
    'promote the standby': () => cluster.promoteStandby(),
  };
}

function ofServer(name: ServerName, server: FaultyServer): Record<string, Injection> {
  const proxyOf = ({ proxies }: FaultyNode): TcpProxy => {
    const proxy = proxies.get(name);
    if (proxy === undefined) throw new Error(`There is no proxy of ${name}`);
    return proxy;
  };
  return {
    async [`kill ${name}`]() {
      await server.kill();
      await wait(FAULT_MS);
      await server.start();
    },
    async [`stop ${name}`]() {
      await server.freeze();
      await wait(2 * FAULT_MS);
      await server.thaw();
    },
    async [`cut a node off ${name}`](node) {
      proxyOf(node).cut();
    },
    ...Object.fromEntries(
      SILENCES.map((silence) => [
        `lose ${silence === 'both' ? 'all data' : silence} of a node at ${name}`,
        async (node: FaultyNode) => {
          proxyOf(node).silence = silence;
          await wait(2 * FAULT_MS);
          proxyOf(node).restore();
        },
      ]),
    ),
    /** The node itself must notice it. */
    async [`leave connections to ${name} half-open`](node) {
      proxyOf(node).leaveHalfOpen();
    },
    async [`halve data of ${name}`](node) {
      proxyOf(node).halveNext();
    },
  };
}
