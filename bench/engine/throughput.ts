/** Runs a load at full speed, and measures what the server needs for each message. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Metric, Sample, Throttle, Work } from '../harness/bench.ts';
import { ChildProgram, withPrograms } from '../harness/child-program.ts';
import { findDescriptorObstacle } from '../harness/descriptors.ts';
import { coreShare, passCpuTime } from '../harness/usage.ts';
import type { LoadRequests } from './load/generator.ts';
import type { LoadOptions } from './load/load.ts';
import type { SubjectOptions } from './subjects/host.ts';
import { findSubject, startServer } from './subjects.ts';

export interface ThroughputOptions
  extends Pick<Work, 'name' | 'subjects' | 'optionalSubjects' | 'isOptional'> {
  readonly server: SubjectOptions;
  readonly load: Pick<LoadOptions, 'kind' | 'connections' | 'payloadBytes' | 'inFlight'>;
  /** The counted unit, in the names of the metrics. */
  readonly counted: 'Message' | 'Delivery' | 'Handshake';
  /**
   * Answers before the measurement starts, after the usual warm-up: long code paths are compiled
   * only after thousands of uses, at a speed that differs between machines. Default 0.
   */
  readonly warmUpCount?: number;
  /** Multiple of the usual measurement window, for servers with long turns. Default 1. */
  readonly windows?: number;
}

export function throughputWork({
  server,
  load,
  counted,
  warmUpCount = 0,
  windows = 1,
  ...work
}: ThroughputOptions): Work {
  const cpu = `cpuPer${counted}`;
  const rate = `rateOf${counted}`;
  const metrics: Readonly<Record<string, Metric>> = {
    [cpu]: { unit: 'us', ratio: 'less-is-gain' },
    [rate]: { unit: '1/s', ratio: 'more-is-gain' },
  };
  return {
    ...work,
    metrics,
    findObstacle: () => findDescriptorObstacle(load.connections),
    run: async (subject, throttle) => {
      const {
        count,
        cpuMicros,
        seconds,
        load: shares,
      } = await runLoad(subject, server, load, {
        warmUpCpuMs: throttle.warmUpCpuMs,
        warmUpCount,
        windowCpuMs: windows * throttle.windowCpuMs,
        phaseMsMax: windows * throttle.phaseMsMax,
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
  serverOptions: SubjectOptions,
  loadOptions: ThroughputOptions['load'],
  {
    warmUpCpuMs,
    warmUpCount,
    windowCpuMs,
    phaseMsMax: msMax,
  }: Throttle & { readonly warmUpCount: number },
): Promise<Throughput> {
  const subject = findSubject(subjectName);
  const programs = [startServer(subject), startGenerator()] as const;
  return withPrograms(programs, async (server, generator) => {
    const port = await server.ask('start', serverOptions);
    const { dialect } = subject;
    const { deflate, tls } = serverOptions;
    await generator.ask('begin', { ...loadOptions, port, dialect, deflate, tls });
    // Garbage from opening thousands of connections is collected now, not in the window.
    await server.ask('memory');
    const usage = () => server.ask('usage');
    await passCpuTime(usage, { cpuMs: warmUpCpuMs, msMax });
    await passCount(async () => (await generator.ask('read')).count, warmUpCount);
    await generator.ask('relax');
    // One after the other: a server answers at the end of a long turn, and everything that it sent until then counts.
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

const COUNT_MS_MAX = 60_000;
const POLL_MS = 25;

/** Waits until `count` answers have arrived. */
async function passCount(read: () => Promise<number>, count: number): Promise<void> {
  const endMs = performance.now() + COUNT_MS_MAX;
  while ((await read()) < count && performance.now() < endMs) await sleep(POLL_MS);
}

export function startGenerator(): ChildProgram<LoadRequests> {
  return new ChildProgram<LoadRequests>({
    side: 'load',
    file: join(import.meta.dirname, 'load/generator.ts'),
  });
}
