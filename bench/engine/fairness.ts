/** Measures how long quiet connections wait for their echoes while another connection floods the server. */
import type { Work } from '../harness/bench.ts';
import { withPrograms } from '../harness/child-program.ts';
import { passCpuTime } from '../harness/usage.ts';
import { findSubject, startServer } from './subjects.ts';
import { startGenerator } from './throughput.ts';

interface Flood {
  readonly name: string;
  readonly payloadBytes: number;
  /** Messages that the flooding connection keeps in flight. */
  readonly inFlight: number;
}

const QUIET_CONNECTIONS = 10;
const QUIET_PAYLOAD_BYTES = 64;

export function fairnessWork(
  flood: Flood,
  subjects: Pick<Work, 'subjects' | 'optionalSubjects'>,
): Work {
  return {
    name: `quiet connections beside one flooding with ${flood.name}`,
    ...subjects,
    metrics: {
      latencyP50: { unit: 'ms', ratio: 'less-is-gain' },
      latencyP99: { unit: 'ms', ratio: 'less-is-gain' },
      floodRate: { unit: '1/s', ratio: 'more-is-gain' },
    },
    run: async (subjectName, { warmUpCpuMs, windowCpuMs, phaseMsMax: msMax }) => {
      const subject = findSubject(subjectName);
      const { dialect } = subject;
      const programs = [startServer(subject), startGenerator(), startGenerator()] as const;
      return withPrograms(programs, async (server, flooding, quiet) => {
        const port = await server.ask('start', { mode: 'echo', deflate: false });
        const options = { port, dialect, deflate: false };
        await flooding.ask('begin', { ...options, ...flood, kind: 'echo', connections: 1 });
        await flooding.ask('relax');
        await quiet.ask('begin', {
          ...options,
          kind: 'quiet',
          connections: QUIET_CONNECTIONS,
          payloadBytes: QUIET_PAYLOAD_BYTES,
          inFlight: 1,
        });
        const usage = () => server.ask('usage');
        await passCpuTime(usage, { cpuMs: warmUpCpuMs, msMax });
        const before = await flooding.ask('read');
        await quiet.ask('read');
        await passCpuTime(usage, { cpuMs: windowCpuMs, msMax });
        const after = await flooding.ask('read');
        const { latencyMs } = await quiet.ask('read');
        if (latencyMs === undefined) throw new Error('no quiet connection was answered');
        const seconds = (after.atMs - before.atMs) / 1_000;
        return {
          values: {
            latencyP50: latencyMs.p50,
            latencyP99: latencyMs.p99,
            floodRate: (after.count - before.count) / seconds,
          },
        };
      });
    },
  };
}
