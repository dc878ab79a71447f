/**
 * The program of a process that decodes pictures. It knows nothing of the server but the paths of the
 * files of one picture at a time, and ends itself if it needs too much time or memory: the decoders run
 * in other threads than this.
 */
import { writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { cleanFile } from './clean-file.ts';
import {
  type Cleaned,
  type DecodingLimits,
  describePicture,
  loadSharp,
  type Rewriting,
  type Rewritten,
  rewritePicture,
  type ThumbnailPaths,
  writeThumbnails,
} from './picture-work.ts';

export type PictureJob =
  | { readonly kind: 'rewrite'; readonly about: Rewriting }
  | { readonly kind: 'clean'; readonly path: string; readonly type: string }
  | { readonly kind: 'thumbnails'; readonly content: string; readonly to: ThumbnailPaths };

export interface PictureCall {
  readonly id: number;
  readonly job: PictureJob;
  readonly limits: DecodingLimits & {
    /** Milliseconds of processors. */
    readonly cpuMs: number;
    /** Of the process. */
    readonly residentBytes: number;
    /** The chat comes first. */
    readonly isBackground: boolean;
  };
}

/**
 * - `over`: it needs more than the limits allow; the process ends.
 * - `ended`: the process has ended before its answer, which is noticed by the server.
 * - `failed`: the file is damaged, or not of the type that its beginning says.
 * - `missing`: no picture can be decoded on this platform.
 */
export type PictureResult =
  | { readonly kind: 'rewritten'; readonly rewritten: Rewritten }
  | { readonly kind: 'cleaned'; readonly rewritten: Cleaned }
  | { readonly kind: 'made' | 'failed' | 'over' | 'ended' }
  | { readonly kind: 'missing'; readonly message: string };

export interface PictureAnswer {
  readonly id: number;
  readonly result: PictureResult;
}

/** Browsers show it, and it is decoded for its size and thumbnails. */
const DECODED = 'image/avif';
const NOT_DECODED = { width: undefined, height: undefined, hasThumbnail: false };
/** Milliseconds between two looks at time and memory. */
const WATCH_MS = 20;
/** Linux: if memory is short, this process is ended in place of the server. */
const OUT_OF_MEMORY_SCORE = '/proc/self/oom_score_adj';

let sharp: ReturnType<typeof loadSharp> | undefined;

async function run({ job, limits }: PictureCall): Promise<PictureResult> {
  return job.kind === 'clean' ? clean(job, limits) : decode(job, limits);
}

/** Without `sharp`, and for what that cannot decode: the picture has no size then, and is a download. */
async function clean(
  { path, type }: Extract<PictureJob, { readonly kind: 'clean' }>,
  limits: PictureCall['limits'],
): Promise<PictureResult> {
  try {
    cleanFile(path, type);
  } catch {
    return { kind: 'failed' };
  }
  if (type === DECODED) sharp ??= loadSharp();
  const loaded = type === DECODED ? await sharp?.catch(() => undefined) : undefined;
  const found = loaded && (await describePicture(loaded, path, limits).catch(() => undefined));
  return { kind: 'cleaned', rewritten: { type, ...(found ?? NOT_DECODED) } };
}

async function decode(
  job: Exclude<PictureJob, { readonly kind: 'clean' }>,
  limits: PictureCall['limits'],
): Promise<PictureResult> {
  let loaded: Awaited<NonNullable<typeof sharp>>;
  try {
    sharp ??= loadSharp();
    loaded = await sharp;
  } catch (error) {
    return { kind: 'missing', message: String(error) };
  }
  try {
    if (job.kind === 'thumbnails') {
      const isMade = await writeThumbnails(loaded, job, limits);
      return { kind: isMade ? 'made' : 'over' };
    }
    const rewritten = await rewritePicture(loaded, job.about, limits);
    if (rewritten === 'over') return { kind: 'over' };
    return rewritten === undefined ? { kind: 'failed' } : { kind: 'rewritten', rewritten };
  } catch {
    return { kind: 'failed' };
  }
}

/** Also in the middle of a picture, which its thread would finish first. */
function endNow(): void {
  process.kill(process.pid, 'SIGKILL');
}

process.on('message', async (call: PictureCall) => {
  const answer = (result: PictureResult, then?: () => void): void => {
    process.send?.({ id: call.id, result } satisfies PictureAnswer, undefined, undefined, then);
  };
  const { cpuMs, residentBytes, isBackground } = call.limits;
  if (isBackground) setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const before = process.cpuUsage();
  const watch = setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    const isOver = (user + system) / 1000 > cpuMs || process.memoryUsage.rss() > residentBytes;
    if (isOver) answer({ kind: 'over' }, endNow);
  }, WATCH_MS);
  const result = await run(call);
  clearInterval(watch);
  answer(result);
});
// The server has ended.
process.on('disconnect', endNow);
try {
  writeFileSync(OUT_OF_MEMORY_SCORE, '1000');
} catch {
  // Another system.
}
