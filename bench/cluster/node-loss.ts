/**
 * `kill -9` of one of three nodes behind a proxy, under traffic: the time until all clients are
 * back, acknowledged messages that a client did not receive, and the latency of sends on the other
 * nodes until then.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sample, Throttle } from '../harness/bench.ts';
import { ChildProgram, withPrograms } from '../harness/child-program.ts';
import { sizeOf } from '../harness/size.ts';
import { withCluster } from './bench-cluster.ts';
import type { LossRequests } from './loss-load.ts';
import type { ProxyRequests } from './proxy-program.ts';

export const CONNECTIONS = 3_000;
const PER_ROOM = 30;
const NODES = 3;

export function measureNodeLoss(throttle: Throttle): Promise<Sample> {
  return withCluster(async (cluster) => {
    const connections = sizeOf(CONNECTIONS, throttle);
    const members = await cluster.addMembers(connections, connections / PER_ROOM);
    const urls = await cluster.serve(NODES);
    const fileOf = (name: string): string => join(import.meta.dirname, name);
    const programs = [
      new ChildProgram<ProxyRequests>({ side: 'load', file: fileOf('proxy-program.ts') }),
      new ChildProgram<LossRequests>({ side: 'load', file: fileOf('loss-load.ts') }),
    ] as const;
    return await withPrograms(programs, async (proxy, load) => {
      await load.ask('open', { url: await proxy.ask('start', urls), members });
      await load.ask('beginSending');
      await sleep(throttle.phaseMsMax);
      const returned = load.ask('awaitReturn');
      await cluster.killNode(0);
      const { backMs, moved, sendP99Ms } = await returned;
      if (moved < connections / NODES / 2) throw new Error(`only ${moved} clients were moved`);
      await sleep(throttle.phaseMsMax / 2);
      const lost = await load.ask('countLost');
      return { values: { back_s: backMs / 1_000, lost, send_p99_ms: sendP99Ms } };
    });
  });
}
