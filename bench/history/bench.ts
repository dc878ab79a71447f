/**
 * `npm run bench -- history`: a page of 50 over the wire from a room of a million
 * messages, a tenth of them edited, with 100,000 reactions, at any depth.
 * `PARLEY_BENCH_MESSAGES` makes the room smaller, for a quick run.
 */
import { NativeLink } from '../chat/native-link.ts';
import { percentile } from '../chat/percentile.ts';
import { addPeople, type StoreKind, TestBed } from '../chat/test-bed.ts';
import type { Bench, Sample, Work } from '../harness/bench.ts';
import { fillLongRoom, type LongRoom } from './fill.ts';

const MESSAGES = Number(process.env['PARLEY_BENCH_MESSAGES'] ?? 1_000_000);
const PEOPLE = 10;
const PAGE = 50;
const WARM_UP_PAGES = 200;
const PAGES = 3_000;

export const METRICS = {
  p99_ms: { unit: 'ms', ratio: 'less-is-gain' },
  p50_ms: { unit: 'ms', ratio: 'less-is-gain' },
} as const;

const KINDS: readonly StoreKind[] = ['sqlite', 'postgres'];

export const historyBench: Bench = { name: 'history', peer: 'parley', works: KINDS.map(workOn) };

/** The room is filled once for all rounds: that takes longer than reading. */
function workOn(kind: StoreKind): Work {
  let room: FilledRoom | undefined;
  return {
    name: kind,
    subjects: ['parley'],
    metrics: METRICS,
    async run() {
      room ??= await openRoom(await TestBed.open(kind), MESSAGES);
      return readPages(room, PAGES);
    },
    async end() {
      await room?.bed.close();
      room = undefined;
    },
  };
}

export interface FilledRoom extends LongRoom {
  readonly bed: TestBed;
  readonly url: string;
  readonly token: string;
}

/** Fills an empty store with a room, and serves it. */
export async function openRoom(bed: TestBed, messageCount: number): Promise<FilledRoom> {
  try {
    const people = await bed.fill((store) => addPeople(store, PEOPLE));
    const room = await bed.fillRows((target) => fillLongRoom(target, people, messageCount));
    return { ...room, token: people[0]?.token ?? '', bed, url: await bed.serve() };
  } catch (error) {
    await bed.close();
    throw error;
  }
}

/** Reads pages one after the other, each at another depth. */
export async function readPages(
  { url, token, roomId, headSequence }: FilledRoom,
  pageCount: number,
): Promise<Sample> {
  const link = await NativeLink.open(url, token);
  const latenciesMs: number[] = [];
  for (let page = 0; page < WARM_UP_PAGES + pageCount; page += 1) {
    const before = PAGE * 2 + Math.floor(Math.random() * (headSequence - PAGE * 2));
    const beganAtMs = performance.now();
    const { messages } = await link.ask<{ messages: { sequence: number }[] }>('get_history', {
      roomId,
      before,
      limit: PAGE,
    });
    latenciesMs.push(performance.now() - beganAtMs);
    const newest = messages.at(-1)?.sequence ?? 0;
    if (messages.length !== PAGE || newest >= before) throw new Error('not the page asked for');
  }
  link.close();
  const measured = latenciesMs.slice(WARM_UP_PAGES);
  return { values: { p99_ms: percentile(measured, 0.99), p50_ms: percentile(measured, 0.5) } };
}
