/**
 * Pictures of the first pages of documents: drawn while they are in view, one after the other, and
 * kept while the page is open. A document of a stranger is read in a worker of its own, which has
 * neither the page nor a network, and ends with the picture, after a time, or out of view.
 */
import { type RefObject, useEffect, useState } from 'react';
import { loadBytes } from './load-bytes.ts';
import type { FromPdfWorker, ToPdfWorker } from './pdf-worker.ts';
import type { ServerFile } from './server-file.ts';
import { useLoadFailure } from './use-load-failure.ts';

/** `none` if the document has no first page that can be shown. */
type FirstPage = ImageBitmap | 'none';

/** Of the picture, for screens with two pixels in place of one. */
export const PAGE_WIDTH = 672;
export const PAGE_HEIGHT = 420;
/** In which the worker computes. */
const COMPUTING_MS = 5_000;
/** With the worker and the parts of the file, over a slow network. */
const WHOLE_MS = 60_000;
/** Of a file, however large: its table of contents and what its first page needs. */
const LOADED_BYTES_MAX = 10_000_000;
const KEPT_MAX = 30;

const kept = new Map<string, FirstPage>();
let last: Promise<unknown> = Promise.resolve();

/** Undefined until it is drawn. */
export function useFirstPage(
  place: RefObject<Element | null>,
  { fileId, size }: ServerFile,
): FirstPage | undefined {
  const [page, setPage] = useState(() => kept.get(fileId));
  const [hasFailed, fail] = useLoadFailure();
  const isWanted = page === undefined && !hasFailed;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `fail` is another function each time
  useEffect(() => {
    if (!isWanted || place.current === null) return;
    let leaving = new AbortController();
    const observer = new IntersectionObserver((entries) => {
      leaving.abort();
      if (entries.at(-1)?.isIntersecting !== true) return;
      leaving = new AbortController();
      const { signal } = leaving;
      firstPageOf(fileId, size, signal).then(setPage, () => {
        if (!signal.aborted) fail();
      });
    });
    observer.observe(place.current);
    return () => {
      observer.disconnect();
      leaving.abort();
    };
  }, [isWanted, place, fileId, size]);
  return hasFailed ? 'none' : page;
}

/** One document at a time. */
function firstPageOf(fileId: string, size: number, signal: AbortSignal): Promise<FirstPage> {
  const drawn = last.then(async () => {
    signal.throwIfAborted();
    const page = kept.get(fileId) ?? (await draw(fileId, size, signal));
    if (kept.size >= KEPT_MAX) kept.clear();
    kept.set(fileId, page);
    return page;
  });
  last = drawn.catch(() => {});
  return drawn;
}

/** @throws Something could not be loaded, or `leaving` was aborted. */
async function draw(fileId: string, size: number, leaving: AbortSignal): Promise<FirstPage> {
  const worker = new Worker(new URL('./pdf-worker.ts', import.meta.url), { type: 'module' });
  const ending = new AbortController();
  const signal = AbortSignal.any([leaving, ending.signal, AbortSignal.timeout(WHOLE_MS)]);
  const { promise, resolve, reject } = Promise.withResolvers<FirstPage>();
  signal.addEventListener('abort', () => reject(signal.reason));
  const clock = countdown(COMPUTING_MS, () => resolve('none'));
  const post = (message: ToPdfWorker, transfer: Transferable[] = []): void =>
    worker.postMessage(message, transfer);
  let loadedBytes = 0;
  const load = async (part: readonly [number, number]): Promise<void> => {
    loadedBytes += part[1] - part[0];
    if (loadedBytes > LOADED_BYTES_MAX) return resolve('none');
    clock.pause();
    const bytes = await loadBytes(fileId, part, signal);
    clock.run();
    post({ begin: part[0], bytes }, [bytes.buffer]);
  };
  worker.onmessage = ({ data }: MessageEvent<FromPdfWorker>) => {
    if ('isReady' in data) {
      post({ size, width: PAGE_WIDTH, height: PAGE_HEIGHT });
      clock.run();
    } else if ('part' in data) load(data.part).catch(reject);
    else if ('page' in data) resolve(data.page);
  };
  // Its file could not be loaded.
  worker.onerror = () => reject(new Error('The worker has failed'));
  try {
    return await promise;
  } finally {
    worker.terminate();
    clock.pause();
    ending.abort();
  }
}

/** Time that passes only while it runs: not while a slow network is waited for. */
function countdown(ms: number, onEnd: () => void) {
  let left = ms;
  let since = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    run: (): void => {
      if (timer !== undefined) return;
      since = performance.now();
      timer = setTimeout(onEnd, left);
    },
    pause: (): void => {
      if (timer !== undefined) left -= performance.now() - since;
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
