/**
 * `npm run bench -- page`: the web page in Chromium, on a room of 100,000 messages. Opening is
 * measured over a mobile network of 1.6 Mbit/s with 150 ms latency; the others without a limit.
 * `PARLEY_BENCH_MESSAGES` makes the room smaller, for a quick run.
 */
import { percentile } from '../chat/percentile.ts';
import type { Bench, Sample, Work } from '../harness/bench.ts';
import { PageBed } from './page-bed.ts';
import { framesWhileScrolling } from './scrolling.ts';

const SWITCHES = 20;
const MESSAGES = 40;

let bed: PageBed | undefined;

/** The room is filled and the browser started once for all works and rounds. */
async function openBed(): Promise<PageBed> {
  bed ??= await PageBed.open(Number(process.env['PARLEY_BENCH_MESSAGES'] ?? 100_000));
  return bed;
}

function workOf(name: string, run: (bed: PageBed) => Promise<Sample>): Work {
  return {
    name,
    subjects: ['parley'],
    metrics: {
      ms: { unit: 'ms', ratio: 'less-is-gain' },
      bytes: { unit: 'B', ratio: 'share' },
    },
    run: async () => run(await openBed()),
  };
}

/** Time to the first message, and bytes received. */
async function open(bed: PageBed, isWarm: boolean): Promise<Sample> {
  const profile = await bed.openProfile();
  try {
    if (isWarm) await profile.openRoom();
    return { values: await profile.measureOpening() };
  } finally {
    await profile.close();
  }
}

/** The time between two frames that 95 % do not exceed, and the heap afterwards. */
async function scroll(bed: PageBed): Promise<Sample> {
  const profile = await bed.openProfile();
  try {
    await profile.openRoom();
    const frames = await framesWhileScrolling(profile.page);
    return { values: { ms: percentile(frames, 0.95), bytes: await profile.heapBytes() } };
  } finally {
    await profile.close();
  }
}

/** The median time from a click on a room to its messages, and the heap afterwards. */
async function switchRooms(bed: PageBed): Promise<Sample> {
  const profile = await bed.openProfile();
  try {
    await profile.openRoom();
    const times: number[] = [];
    for (let index = 0; index <= SWITCHES; index += 1) {
      times.push(await profile.timeSwitch(index % 2 === 0 ? 'short' : 'long'));
    }
    // The first switch opens the other room on the server.
    const ms = percentile(times.slice(1), 0.5);
    return { values: { ms, bytes: await profile.heapBytes() } };
  } finally {
    await profile.close();
  }
}

/** The median time from sending a message to its row on another user's screen, and the heap afterwards. */
async function receive(bed: PageBed): Promise<Sample> {
  const profile = await bed.openProfile();
  try {
    await profile.openRoom();
    const times: number[] = [];
    for (let index = 0; index < MESSAGES; index += 1) {
      times.push(await profile.timeMessage(() => bed.say(`new ${index}`)));
    }
    return { values: { ms: percentile(times, 0.5), bytes: await profile.heapBytes() } };
  } finally {
    await profile.close();
  }
}

const works: readonly Work[] = [
  workOf('open-cold', (bed) => open(bed, false)),
  workOf('open-warm', (bed) => open(bed, true)),
  workOf('scroll-100000', scroll),
  workOf('room-switch', switchRooms),
  workOf('new-message', receive),
];

export const pageBench: Bench = {
  name: 'page',
  peer: 'parley',
  works,
  end: async () => {
    await bed?.close();
    bed = undefined;
  },
};
