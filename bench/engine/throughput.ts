/** A load at full speed, and what the server needs for each message of it. */
import { join } from 'node:path';
import type { Metric, Sample, Throttle, Work } from '../harness/bench.ts';
import { findDescriptorObstacle } from '../harness/descriptors.ts';
import { Part, withParts } from '../harness/part.ts';
import { coreShare, passCpuTime } from '../harness/usage.ts';
import type { LoadRequests } from './load/generator.ts';
import type { LoadTerms } from './load/load.ts';
import type { ServerTerms } from './subjects/host.ts';
import { findSubject, startServer } from './subjects.ts';

export interface ThroughputTerms {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly server: ServerTerms;
  readonly load: Pick<LoadTerms, 'kind' | 'connections' | 'payloadBytes' | 'inFlight'>;
  /** The counted unit, in the names of the metrics. */
  readonly counted: 'Message' | 'Delivery' | 'Handshake';
  /** Multiple of the usual warm-up: long code paths take longer to be compiled. Default 1. */
  readonly warmUps?: number;
  /** Multiple of the usual window, for servers whose turns are long. Default 1. */
  readonly windows?: number;
}

export function throughputWork({
  name,
  subjects,
  server,
  load,
  counted,
  warmUps = 1,
  windows = 1,
}: ThroughputTerms): Work {
  const cpu = `cpuPer${counted}`;
  const rate = `rateOf${counted}`;
  const metrics: Readonly<Record<string, Metric>> = {
    [cpu]: { unit: 'us', ratio: 'less-is-gain' },
    [rate]: { unit: '1/s', ratio: 'more-is-gain' },
  };
  return {
    name,
    subjects,
    metrics,
    findObstacle: () => findDescriptorObstacle(load.connections),
    run: async (subject, throttle) => {
      const {
        count,
        cpuMicros,
        seconds,
        load: shares,
      } = await runLoad(subject, server, load, {
        ...throttle,
        warmUpCpuMs: warmUps * throttle.warmUpCpuMs,
        windowCpuMs: windows * throttle.windowCpuMs,
        phaseMsMax: Math.max(warmUps, windows) * throttle.phaseMsMax,
      });
      return { values: { [cpu]: cpuMicros / count, [rate]: count / seconds }, load: shares };
    },
  };
}

interface Throughput {
  readonly count: number;
  readonly cpuMicros: number;
  readonly seconds: number;
  readonly load: NonNullable<Sample['load']>;
}

function runLoad(
  subjectName: string,
  serverTerms: ServerTerms,
  loadTerms: ThroughputTerms['load'],
  { warmUpCpuMs, windowCpuMs, phaseMsMax: msMax }: Throttle,
): Promise<Throughput> {
  const subject = findSubject(subjectName);
  const parts = [startServer(subject), startGenerator()] as const;
  return withParts(parts, async (server, generator) => {
    const port = await server.ask('start', serverTerms);
    const { dialect } = subject;
    await generator.ask('begin', { ...loadTerms, port, dialect, deflate: serverTerms.deflate });
    // Garbage from opening thousands of connections is collected now, not in the window.
    await server.ask('memory');
    const usage = () => server.ask('usage');
    await passCpuTime(usage, { cpuMs: warmUpCpuMs, msMax });
    await generator.ask('relax');
    // In sequence: a server answers at the end of a long turn, and all that it sent by then counts.
    const read = async () => ({ server: await usage(), generator: await generator.ask('read') });
    const before = await read();
    await passCpuTime(usage, { cpuMs: windowCpuMs, msMax });
    const after = await read();

    const count = after.generator.count - before.generator.count;
    if (count === 0) throw new Error('nothing was answered');
    return {
      count,
      cpuMicros: after.server.cpuMicros - before.server.cpuMicros,
      seconds: (after.generator.atMs - before.generator.atMs) / 1_000,
      load: {
        server: coreShare(before.server, after.server),
        generator: coreShare(before.generator, after.generator),
      },
    };
  });
}

export function startGenerator(): Part<LoadRequests> {
  return new Part<LoadRequests>({
    side: 'load',
    file: join(import.meta.dirname, 'load/generator.ts'),
  });
}
