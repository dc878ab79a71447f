/** All benchmarks: each has a folder and a row. */
import type { Bench } from './harness/bench.ts';

export const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  durable: async () => (await import('./durable/bench.ts')).durableBench,
  history: async () => (await import('./history/bench.ts')).historyBench,
  search: async () => (await import('./search/bench.ts')).searchBench,
  join: async () => (await import('./join/bench.ts')).joinBench,
  files: async () => (await import('./files/bench.ts')).filesBench,
  scale: async () => (await import('./scale/bench.ts')).scaleBench,
  socketio: async () => (await import('./socketio/bench.ts')).socketIoBench,
  engine: async () => (await import('./engine/bench.ts')).engineBench,
  steady: async () => (await import('./steady/bench.ts')).steadyBench,
  heartbeat: async () => (await import('./heartbeat/bench.ts')).heartbeatBench,
  cassandra: async () => (await import('./cassandra/bench.ts')).cassandraBench,
  cluster: async () => (await import('./cluster/bench.ts')).clusterBench,
  idle: async () => (await import('./idle/bench.ts')).idleBench,
  page: async () => (await import('./page/bench.ts')).pageBench,
};
