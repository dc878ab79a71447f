/**
 * `npm run bench -- steady`: steady load that the engine must sustain on a small machine,
 * compared with `ws`: 1,000 messages a second for a minute over 100 connections,
 * with the times of handshakes, round trips and garbage collections.
 * `--quick` takes two seconds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { findSubject, startServer } from '../engine/subjects.ts';
import { startGenerator } from '../engine/throughput.ts';
import type { Bench, Work } from '../harness/bench.ts';
import { withPrograms } from '../harness/child-program.ts';
import { coreShare } from '../harness/usage.ts';

const CONNECTIONS = 100;
const INTERVAL_MS = 100;
const PAYLOAD_BYTES = 256;
/** Multiple of the usual longest phase of 6 s: one minute. */
const PHASES = 10;

const work: Work = {
  name: '1000 messages a second',
  subjects: ['parley', 'parley-pooled', 'ws'],
  metrics: {
    handshakeMean: { unit: 'ms', ratio: 'less-is-gain' },
    handshakeMax: { unit: 'ms', ratio: 'less-is-gain' },
    answered: { unit: '1/s', ratio: 'more-is-gain' },
    // From the sender and back, which is longer than from the frame to its handler.
    roundTripMean: { unit: 'ms', ratio: 'less-is-gain' },
    roundTripP99: { unit: 'ms', ratio: 'less-is-gain' },
    core: { unit: '%', ratio: 'share' },
    memoryPerConnection: { unit: 'B', ratio: 'share' },
    longestCollection: { unit: 'ms', ratio: 'share' },
  },
  run: (subjectName, { phaseMsMax }) => {
    const subject = findSubject(subjectName);
    return withPrograms([startServer(subject), startGenerator()] as const, async (server, load) => {
      const port = await server.ask('start', { mode: 'echo', deflate: false });
      const empty = await server.ask('memory');
      await load.ask('begin', {
        kind: 'quiet',
        port,
        dialect: subject.dialect,
        deflate: false,
        connections: CONNECTIONS,
        payloadBytes: PAYLOAD_BYTES,
        inFlight: 1,
        intervalMs: INTERVAL_MS,
      });
      await sleep(phaseMsMax / 2);
      await server.ask('collections');
      const before = await Promise.all([server.ask('usage'), load.ask('read')]);
      await sleep(PHASES * phaseMsMax);
      const after = await Promise.all([server.ask('usage'), load.ask('read')]);
      const { longestMs } = await server.ask('collections');
      const full = await server.ask('memory');

      const { latencyMs, openingMs } = after[1];
      if (latencyMs === undefined || openingMs === undefined)
        throw new Error('nothing was answered');
      return {
        values: {
          handshakeMean: openingMs.mean,
          handshakeMax: openingMs.max,
          answered: (after[1].count - before[1].count) / ((after[1].atMs - before[1].atMs) / 1_000),
          roundTripMean: latencyMs.mean,
          roundTripP99: latencyMs.p99,
          core: coreShare(before[0], after[0]) * 100,
          memoryPerConnection: (full.residentBytes - empty.residentBytes) / CONNECTIONS,
          longestCollection: longestMs,
        },
      };
    });
  },
};

export const steadyBench: Bench = { name: 'steady', peer: 'ws', works: [work] };
