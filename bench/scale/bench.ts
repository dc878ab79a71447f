/**
 * `npm run bench -- scale`: each command in a store of 100,000 people, 100,000 rooms, 10,000 members
 * in a room, 100,000 reactions on a message and 1,000,000 entries of the audit log, beside a store of 1 % of that size, in turn. A command
 * whose answer is the same should take the same time: `growth` is the p99 at full size divided by
 * that at 1 %. The sizes are about stored data; both have the same few connections.
 *
 * The store does not flush (`DURABILITY=relaxed`), since waiting for the disk would hide the work.
 */
import { NativeLink } from '../chat/native-link.ts';
import { percentile } from '../chat/percentile.ts';
import { TestBed } from '../chat/test-bed.ts';
import type { Bench, Sample, Work } from '../harness/bench.ts';
import { type Client, COMMANDS, type Command } from './commands.ts';
import { fillStore, type Size } from './fill.ts';

const FULL: Size = {
  ...{ people: 100_000, rooms: 100_000, members: 10_000, reactions: 100_000 },
  auditEntries: 1_000_000,
};
const SMALL: Size = {
  ...{ people: 1_000, rooms: 1_000, members: 100, reactions: 1_000 },
  auditEntries: 10_000,
};
const WARM_UP = 50;
/**
 * Measurements of each size in a round. Above the p99 are then at least three of them, or six: a
 * single pause of the machine or of a garbage collector does not decide it.
 */
const MEASURED_MIN = 300;
const MEASURED_MAX = 600;
/** Time after which a round ends with fewer than the maximum. */
const ROUND_MS = 4000;

interface Bed {
  readonly bed: TestBed;
  readonly client: Client;
}

/** Filling takes longer than measuring: done once, for all works and rounds. */
let beds: Promise<readonly [Bed, Bed]> | undefined;

export const scaleBench: Bench = {
  name: 'scale',
  peer: 'parley',
  works: COMMANDS.map(workOn),
  async end() {
    for (const { bed, client } of (await beds?.catch(() => undefined)) ?? []) {
      client.link.close();
      await bed.close();
    }
    beds = undefined;
  },
};

function workOn(command: Command): Work {
  return {
    name: command.name,
    subjects: ['parley'],
    metrics: {
      growth: { unit: 'x', ratio: 'less-is-gain' },
      p99_ms: { unit: 'ms', ratio: 'less-is-gain' },
      small_p99_ms: { unit: 'ms', ratio: 'less-is-gain' },
      p50_ms: { unit: 'ms', ratio: 'less-is-gain' },
    },
    async run() {
      beds ??= openBeds();
      const [small, full] = await beds;
      return measure(command, small.client, full.client);
    },
  };
}

async function openBeds(): Promise<[Bed, Bed]> {
  const small = await openBed(SMALL);
  try {
    return [small, await openBed(FULL)];
  } catch (error) {
    await small.bed.close();
    throw error;
  }
}

async function openBed(size: Size): Promise<Bed> {
  const bed = await TestBed.open('sqlite');
  try {
    const filled = await bed.fillRows((target) => fillStore(target, size));
    const url = await bed.serve({
      DURABILITY: 'relaxed',
      USER_MESSAGE_RATE_MAX: '0',
      USER_CHANGE_RATE_MAX: '0',
      USER_CREATION_RATE_MAX: '0',
    });
    const link = await NativeLink.open(url, filled.token);
    await link.ask('join_room', { roomId: filled.crowdId });
    return { bed, client: { ...filled, url, link } };
  } catch (error) {
    await bed.close();
    throw error;
  }
}

async function measure(command: Command, small: Client, full: Client): Promise<Sample> {
  const latencies = { small: [] as number[], full: [] as number[] };
  for (let index = 0; index < WARM_UP; index += 1) {
    await measureOnce(command, small, index);
    await measureOnce(command, full, index);
  }
  const beganAtMs = performance.now();
  for (let index = 0; index < MEASURED_MAX; index += 1) {
    if (index >= MEASURED_MIN && performance.now() - beganAtMs > ROUND_MS) break;
    // One after the other, in turns the first: changes on the machine affect both alike.
    if (index % 2 === 0) latencies.small.push(await measureOnce(command, small, index));
    latencies.full.push(await measureOnce(command, full, index));
    if (index % 2 === 1) latencies.small.push(await measureOnce(command, small, index));
  }
  const [before, after] = [percentile(latencies.small, 0.99), percentile(latencies.full, 0.99)];
  const p50 = percentile(latencies.full, 0.5);
  return {
    values: { growth: after / before, p99_ms: after, small_p99_ms: before, p50_ms: p50 },
  };
}

async function measureOnce(command: Command, client: Client, index: number): Promise<number> {
  const prepared = (await command.prepare?.(client, index)) ?? '';
  const beganAtMs = performance.now();
  await command.run(client, index, prepared);
  return performance.now() - beganAtMs;
}
