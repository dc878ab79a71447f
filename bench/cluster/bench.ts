/**
 * `npm run bench -- cluster`: the cost of several nodes on one PostgreSQL and one Redis, compared
 * with plain Socket.IO servers that use its Redis adapter and store nothing; the return of all
 * clients after a node was killed; and what presence costs the bus.
 * `--quick` opens a tenth of the connections of the last two.
 */
import type { Bench, Metric } from '../harness/bench.ts';
import { findDescriptorObstacle } from '../harness/descriptors.ts';
import { CONNECTIONS as DELIVERY_CONNECTIONS, measureDelivery } from './delivery.ts';
import { measureNodeLoss, CONNECTIONS as NODE_LOSS_CONNECTIONS } from './node-loss.ts';
import { measurePresence, CONNECTIONS as PRESENCE_CONNECTIONS } from './presence.ts';

const PEER = 'socketio-redis';
/** The proxy has two connections for each client. */
const DESCRIPTORS_PER_TUNNEL = 2;

const DELIVERY_METRICS = {
  p50_ms: { unit: 'ms', ratio: 'less-is-gain' },
  p99_ms: { unit: 'ms', ratio: 'less-is-gain' },
  lost: { unit: 'deliveries', ratio: 'share' },
  // Of the nodes, per delivered message; the store and the bus have their own figures.
  cpu_us_per_message: { unit: 'us', ratio: 'share' },
  store_cpu_us_per_message: { unit: 'us', ratio: 'share' },
  bus_cpu_us_per_message: { unit: 'us', ratio: 'share' },
} as const satisfies Record<string, Metric>;

const DELIVERY = {
  subjects: ['parley', PEER],
  target: { subject: 'parley', metric: 'cpu_us_per_message', atLeast: 1, goal: 1 },
  findObstacle: () => findDescriptorObstacle(DELIVERY_CONNECTIONS),
} as const;

export const clusterBench: Bench = {
  name: 'cluster',
  peer: PEER,
  works: [
    {
      ...DELIVERY,
      name: 'one-node',
      metrics: DELIVERY_METRICS,
      run: (subject, throttle) => measureDelivery(subject, 1, throttle),
    },
    {
      ...DELIVERY,
      name: 'two-nodes',
      metrics: {
        ...DELIVERY_METRICS,
        // Compares deliveries to the other node with those to the sender's node in the same run.
        added_p50_ms: { unit: 'ms', ratio: 'less-is-gain' },
      },
      run: (subject, throttle) => measureDelivery(subject, 2, throttle),
    },
    {
      name: 'node-loss',
      subjects: ['parley'],
      metrics: {
        back_s: { unit: 's', ratio: 'less-is-gain' },
        lost: { unit: 'deliveries', ratio: 'share' },
        send_p99_ms: { unit: 'ms', ratio: 'less-is-gain' },
      },
      findObstacle: () => findDescriptorObstacle(NODE_LOSS_CONNECTIONS * DESCRIPTORS_PER_TUNNEL),
      run: (_, throttle) => measureNodeLoss(throttle),
    },
    {
      name: 'presence-10000',
      subjects: ['parley'],
      metrics: { bus_bytes_per_s: { unit: 'B/s', ratio: 'share' } },
      findObstacle: () => findDescriptorObstacle(PRESENCE_CONNECTIONS),
      run: (_, throttle) => measurePresence(throttle),
    },
  ],
};
