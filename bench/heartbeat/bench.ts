/**
 * `npm run bench -- heartbeat`: the cost of heartbeats on 10,000 idle connections,
 * compared with `ws` and the interval that its documentation shows.
 *
 * The interval is shortened so that a run does not take minutes. The cost of a heartbeat does not
 * depend on it, and the share of a core is reported for the 30 s that both use in practice.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Work } from '../harness/bench.ts';
import { withPrograms } from '../harness/child-program.ts';
import { findDescriptorObstacle } from '../harness/descriptors.ts';
import { coreShare } from '../harness/usage.ts';
import { SUBJECTS, startLoad, startServer } from './programs.ts';

const CONNECTIONS = 10_000;
const INTERVAL_IN_PRACTICE_S = 30;

const work: Work = {
  name: `heartbeat of ${CONNECTIONS} idle connections`,
  subjects: SUBJECTS,
  metrics: {
    cpuPerHeartbeat: { unit: 'us', ratio: 'less-is-gain' },
    coreAt30s: { unit: '%', ratio: 'share' },
    longestTurn: { unit: 'ms', ratio: 'share' },
  },
  findObstacle: () => findDescriptorObstacle(CONNECTIONS),
  run: (subject, { phaseMsMax: intervalMs }) =>
    withPrograms([startServer(subject), startLoad()] as const, async (server, load) => {
      const port = await server.ask('start', { intervalMs });
      await load.ask('begin', { port, connections: CONNECTIONS });
      await server.ask('begin');
      // By now every connection has been pinged once.
      await sleep(intervalMs);

      const before = await Promise.all([server.ask('usage'), load.ask('read')]);
      await sleep(2 * intervalMs);
      const after = await Promise.all([server.ask('usage'), load.ask('read')]);
      const heartbeats = after[1].answered - before[1].answered;
      if (heartbeats < CONNECTIONS) throw new Error(`${heartbeats} heartbeats in two intervals`);

      await server.ask('watchTurns');
      await sleep(intervalMs);
      const cpuPerHeartbeat = (after[0].cpuMicros - before[0].cpuMicros) / heartbeats;
      return {
        values: {
          cpuPerHeartbeat,
          coreAt30s: (cpuPerHeartbeat * CONNECTIONS) / INTERVAL_IN_PRACTICE_S / 10_000,
          longestTurn: await server.ask('longestTurnMs'),
        },
        load: {
          server: coreShare(before[0], after[0]),
          generator: coreShare(before[1], after[1]),
        },
      };
    }),
};

export const heartbeatBench: Bench = { name: 'heartbeat', peer: 'ws', works: [work] };
