/**
 * `npm run bench -- files`: a hundred users upload a file of a megabyte each at once, again and again,
 * while other users keep chatting. `growth` is the p99 of their sends meanwhile divided by the p99
 * without uploads. Photos are decoded and written again, other files are stored as they are.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import type { Store } from '../../packages/server/src/ports/store.ts';
import type { Others, OthersRequests } from '../chat/others.ts';
import { percentile } from '../chat/percentile.ts';
import { addPeople, addRoom, TestBed } from '../chat/test-bed.ts';
import type { Bench, Sample, Throttle, Work } from '../harness/bench.ts';
import { ChildProgram, withPrograms } from '../harness/child-program.ts';
import type { UploadRequests } from './uploads.ts';

const UPLOADS = 100;
const FILE_BYTES = 1024 * 1024;
const SENDERS = 10;
/** Enough that the first photo has loaded what decodes it, and caches are filled. */
const WARM_UP_UPLOADS = 10;
/** Photos take a quarter of a second of a processor each. */
const UPLOADING_MS_MAX = 10 * 60_000;
/** Noise, so that it has a megabyte: three megapixels, as a phone sends them. */
const PHOTO = { width: 2000, height: 1500, sigma: 27, quality: 80 };
const STATUS_UNIT = 1024;

const CONTENTS: Readonly<Record<string, () => Promise<Buffer>>> = {
  files: async () => randomBytes(FILE_BYTES),
  photos: takePhoto,
};

export const filesBench: Bench = {
  name: 'files',
  peer: 'parley',
  works: Object.entries(CONTENTS).map(([kind, make]) => workOn(kind, make)),
};

function workOn(kind: string, make: () => Promise<Buffer>): Work {
  return {
    name: `${kind}-${UPLOADS}`,
    subjects: ['parley'],
    metrics: {
      growth: { unit: 'x', ratio: 'less-is-gain' },
      p99_ms: { unit: 'ms', ratio: 'less-is-gain' },
      alone_p99_ms: { unit: 'ms', ratio: 'less-is-gain' },
      uploads_per_s: { unit: '1/s', ratio: 'more-is-gain' },
      peak_rss_growth_bytes: { unit: 'B', ratio: 'share' },
    },
    run: async (_, throttle) => {
      const bed = await TestBed.open('sqlite');
      try {
        const { tokens, senders } = await bed.fill(fillStore);
        const url = await bed.serve({ USER_FILE_BYTES_PER_DAY: '0' });
        return await measure(bed, { url, tokens, senders }, { throttle, content: await make() });
      } finally {
        await bed.close();
      }
    },
  };
}

async function measure(
  bed: TestBed,
  { url, tokens, senders }: Others & { readonly tokens: readonly string[] },
  { throttle, content }: { readonly throttle: Throttle; readonly content: Buffer },
): Promise<Sample> {
  const fileOf = (name: string): string => join(import.meta.dirname, name);
  const programs = [
    new ChildProgram<UploadRequests>({ side: 'load', file: fileOf('uploads.ts') }),
    new ChildProgram<OthersRequests>({ side: 'load', file: fileOf('../chat/others.ts') }),
  ] as const;
  return withPrograms(programs, async (load, others) => {
    await load.ask('prepare', { url, content });
    await load.ask('upload', tokens.slice(0, WARM_UP_UPLOADS));
    await others.ask('begin', { url, senders });
    const alone: number[] = [];
    const during: number[] = [];
    let uploadingMs = 0;
    let bursts = 0;
    await others.ask('take');
    const residentBytes = readMemory(bed.pid, 'VmRSS');
    // In turns of the same length: changes on the machine affect both alike.
    for (; uploadingMs < 2 * throttle.phaseMsMax; bursts += 1) {
      const beganAtMs = performance.now();
      await load.ask('upload', tokens, UPLOADING_MS_MAX);
      const burstMs = performance.now() - beganAtMs;
      uploadingMs += burstMs;
      during.push(...(await others.ask('take')));
      await sleep(burstMs);
      alone.push(...(await others.ask('take')));
    }
    await others.ask('end');
    const [p99, aloneP99] = [percentile(during, 0.99), percentile(alone, 0.99)];
    return {
      values: {
        growth: p99 / aloneP99,
        p99_ms: p99,
        alone_p99_ms: aloneP99,
        uploads_per_s: (bursts * tokens.length * 1_000) / uploadingMs,
        peak_rss_growth_bytes: readMemory(bed.pid, 'VmHWM') - residentBytes,
      },
    };
  });
}

async function fillStore(
  store: Store,
): Promise<Pick<Others, 'senders'> & { readonly tokens: readonly string[] }> {
  const people = await addPeople(store, UPLOADS + SENDERS);
  const senders = await Promise.all(
    people.slice(UPLOADS).map(async (sender, index) => ({
      token: sender.token,
      roomId: await addRoom(store, `others-${index}`, [sender]),
    })),
  );
  return { tokens: people.slice(0, UPLOADS).map(({ token }) => token), senders };
}

function takePhoto(): Promise<Buffer> {
  const { width, height, sigma, quality } = PHOTO;
  const noise = { type: 'gaussian' as const, mean: 128, sigma };
  return sharp({ create: { width, height, channels: 3, background: '#888', noise } })
    .jpeg({ quality })
    .toBuffer();
}

/** @param field `VmRSS`, or `VmHWM` for the most since the start of the process. Linux. */
function readMemory(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]) * STATUS_UNIT;
}
