/** Runs a load at full speed, and measures what the server needs for each message. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Metric, Throttle, Work } from '../harness/bench.ts';
import { ChildProgram, withPrograms } from '../harness/child-program.ts';
import { findDescriptorObstacle } from '../harness/descriptors.ts';
import type { Turns } from '../harness/turns.ts';
import { passBacklog, passCpuTime, type Usage } from '../harness/usage.ts';
import type { LoadReading, LoadRequests } from './load/generator.ts';
import type { LoadOptions } from './load/load.ts';
import type { SubjectOptions } from './subjects/host.ts';
import { findSubject, startServer } from './subjects.ts';

interface ThroughputOptions
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
    isInTurns: true,
    findObstacle: () => findDescriptorObstacle(load.connections),
    run: async (subject, { warmUpCpuMs, windowCpuMs, phaseMsMax }, turns) => {
      const phases = {
        warmUpCpuMs,
        warmUpCount,
        windowCpuMs: windows * windowCpuMs,
        phaseMsMax: windows * phaseMsMax,
      };
      const total = await runLoad(subject, server, load, phases, turns);
      const shares = { server: share(total.server), generator: share(total.generator) };
      // Both were read at moments of their own, up to a tenth of a second apart.
      const countPerMs = total.count / total.generator.ms;
      return {
        values: { [cpu]: (shares.server * 1_000) / countPerMs, [rate]: countPerMs * 1_000 },
        load: shares,
      };
    },
  };
}

/** How many a measurement has, each in a turn of its own. */
const WINDOWS = 4;

/** Of a window, before it: until messages flow evenly in both directions again. */
const SETTLING_SHARE = 0.25;

/** Used by a program in all windows, each between two readings of that program. */
interface Use {
  ms: number;
  cpuMs: number;
}

interface Throughput {
  count: number;
  readonly server: Use;
  readonly generator: Use;
}

/** A load waits while others start, which takes a minute each with 10,000 connections. */
const ASLEEP_MS_MAX = 1_200_000;

const BACKLOG_MS_MAX = 10_000;

function runLoad(
  subjectName: string,
  serverOptions: SubjectOptions,
  loadOptions: ThroughputOptions['load'],
  {
    warmUpCpuMs,
    warmUpCount,
    windowCpuMs,
    phaseMsMax,
  }: Throttle & { readonly warmUpCount: number },
  turns: Turns,
): Promise<Throughput> {
  const subject = findSubject(subjectName);
  const programs = [startServer(subject), startGenerator()] as const;
  return withPrograms(programs, async (server, generator) => {
    const sleepUntilTurn = (): Promise<void> => {
      const asleep = generator.ask('sleep', undefined, ASLEEP_MS_MAX);
      // After the last turn, or an error, nothing wakes it.
      asleep.catch(() => {});
      return asleep;
    };
    let asleep = sleepUntilTurn();
    const takeTurn = (use: () => Promise<void>) =>
      turns.take(async () => {
        generator.wake();
        await asleep;
        await use();
        asleep = sleepUntilTurn();
        // The server has up to a second of work left, which would disturb the next one's turn.
        await passBacklog(usage, BACKLOG_MS_MAX);
      });
    const usage = () => server.ask('usage');
    // One after the other: a server answers at the end of a long turn, and everything that it sent until then counts.
    const read = async () => ({ server: await usage(), generator: await generator.ask('read') });

    await takeTurn(async () => {
      const port = await server.ask('start', serverOptions);
      const { dialect } = subject;
      const { deflate, tls } = serverOptions;
      await generator.ask('begin', { ...loadOptions, port, dialect, deflate, tls });
      // Garbage from opening thousands of connections is collected now, not in the window.
      await server.ask('memory');
      await passCpuTime(usage, { cpuMs: warmUpCpuMs, msMax: phaseMsMax });
      await passCount(async () => (await generator.ask('read')).count, warmUpCount);
      await generator.ask('relax');
    });
    const total = { count: 0, server: { ms: 0, cpuMs: 0 }, generator: { ms: 0, cpuMs: 0 } };
    for (let window = 0; window < WINDOWS; window += 1) {
      await takeTurn(async () => {
        const phase = { cpuMs: windowCpuMs / WINDOWS, msMax: phaseMsMax / WINDOWS };
        // All messages in flight are replies that wait for the load now.
        await passCpuTime(usage, { ...phase, cpuMs: phase.cpuMs * SETTLING_SHARE });
        const before = await read();
        await passCpuTime(usage, phase);
        add(total, before, await read());
      });
    }
    if (total.count === 0) throw new Error('nothing was answered');
    return total;
  });
}

interface Readings {
  readonly server: Usage;
  readonly generator: LoadReading;
}

function add(total: Throughput, from: Readings, to: Readings): void {
  total.count += to.generator.count - from.generator.count;
  addUse(total.server, from.server, to.server);
  addUse(total.generator, from.generator, to.generator);
}

function addUse(total: Use, from: Usage, to: Usage): void {
  total.ms += to.atMs - from.atMs;
  total.cpuMs += (to.cpuMicros - from.cpuMicros) / 1_000;
}

function share({ ms, cpuMs }: Use): number {
  return cpuMs / ms;
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
