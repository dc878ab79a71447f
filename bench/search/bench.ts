/**
 * `npm run bench -- search`: a page of results over HTTP, from a million messages in a thousand private
 * rooms, of which the searcher is in fifty. `PARLEY_BENCH_MESSAGES` makes the store smaller, for a quick
 * run.
 */
import { percentile } from '../chat/percentile.ts';
import { addPeople, type Person, type StoreKind, TestBed } from '../chat/test-bed.ts';
import type { Bench, Sample, Work } from '../harness/bench.ts';
import { METRICS } from '../history/bench.ts';
import { fillRooms, wordOf } from './fill.ts';

const MESSAGES = Number(process.env['PARLEY_BENCH_MESSAGES'] ?? 1_000_000);
const ROOMS = { count: 1_000, own: 50 };
/** Each searches less often than the server allows one user. */
const SEARCHERS = 100;
const INDEXED_AT_ONCE = 2_000;
const WARM_UP_SEARCHES = 50;
const SEARCHES = 500;

interface FilledStore {
  readonly bed: TestBed;
  readonly url: string;
  readonly searchers: readonly Person[];
  readonly roomIds: readonly string[];
}

type Search = Readonly<Record<string, string>>;

/** The words of `common` are in every tenth to every hundredth message, of `rare` in some ten of all. */
const SEARCHES_OF: Readonly<Record<string, (store: FilledStore) => Search>> = {
  common: () => ({ q: `${wordOf(randomOf(1, 10))} ` }),
  rare: () => ({ q: `${wordOf(randomOf(20_000, 50_000))} ` }),
  filtered: ({ searchers, roomIds }) => ({
    q: `${wordOf(randomOf(1, 10))} from:${searchers[randomOf(0, SEARCHERS)]?.username}`,
    room: roomIds[randomOf(0, ROOMS.own)] ?? '',
    sort: 'newest',
  }),
};

const filled = new Map<StoreKind, Promise<FilledStore>>();

const WORKS = [
  ['sqlite', 'common'],
  ['sqlite', 'rare'],
  ['sqlite', 'filtered'],
  ['postgres', 'common'],
  ['postgres', 'rare'],
  ['postgres', 'filtered'],
] as const;

export const searchBench: Bench = {
  name: 'search',
  peer: 'parley',
  works: WORKS.map(([kind, words]) => workOn(kind, words)),
  async end() {
    for (const store of filled.values()) await (await store).bed.close();
    filled.clear();
  },
};

/** The stores are filled once for all works: that takes longer than searching. */
function workOn(kind: StoreKind, words: 'common' | 'rare' | 'filtered'): Work {
  return {
    name: `${kind}-${words}`,
    subjects: ['parley'],
    metrics: METRICS,
    async run() {
      const store = filled.get(kind) ?? openStore(await TestBed.open(kind));
      filled.set(kind, store);
      return measure(await store, SEARCHES_OF[words] ?? (() => ({})));
    },
  };
}

async function openStore(bed: TestBed): Promise<FilledStore> {
  try {
    const searchers = await bed.fill((store) => addPeople(store, SEARCHERS));
    const size = { rooms: ROOMS, messages: MESSAGES };
    const roomIds = await bed.fillRows((target) => fillRooms(target, searchers, size));
    await bed.fill(async ({ search }) => {
      while ((await search.indexMessages(INDEXED_AT_ONCE, ['en'])) !== 'none');
    });
    return { bed, searchers, roomIds, url: await bed.serve() };
  } catch (error) {
    await bed.close();
    throw error;
  }
}

/** One search after the other, by one searcher after the other. */
async function measure(store: FilledStore, next: (store: FilledStore) => Search): Promise<Sample> {
  const latenciesMs: number[] = [];
  let found = 0;
  for (let count = 0; count < WARM_UP_SEARCHES + SEARCHES; count += 1) {
    const token = store.searchers[count % SEARCHERS]?.token ?? '';
    const query = new URLSearchParams(next(store));
    const beganAtMs = performance.now();
    const response = await fetch(`${store.url}/api/search?${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const answer = await response.text();
    latenciesMs.push(performance.now() - beganAtMs);
    if (response.status !== 200) throw new Error(`${response.status}: ${answer}`);
    // The answer has this shape, or it is not valid JSON.
    found += (JSON.parse(answer) as { results: unknown[] }).results.length;
  }
  if (found === 0) throw new Error('no search has found a message');
  const measured = latenciesMs.slice(WARM_UP_SEARCHES);
  return { values: { p99_ms: percentile(measured, 0.99), p50_ms: percentile(measured, 0.5) } };
}

/** From `from` to below `to`. */
function randomOf(from: number, to: number): number {
  return from + Math.floor(Math.random() * (to - from));
}
