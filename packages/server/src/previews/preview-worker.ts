/** The thread that fetches links and reads pages, so that neither delays the chat. */
import { parentPort, workerData } from 'node:worker_threads';
import type { FetchedLink } from '../ports/link-fetcher.ts';
import { addressGuard } from './address-guard.ts';
import { fetchLink } from './fetch-link.ts';
import { resolveName } from './resolve-name.ts';

export interface WorkerStart {
  /** Addresses beside the public ones. */
  readonly allow: readonly string[];
  readonly totalMs: number;
}

export interface FetchCall {
  readonly id: number;
  readonly url: string;
}

export interface FetchResult {
  readonly id: number;
  /** Undefined also after an error, which is that of the other server. */
  readonly link: FetchedLink | undefined;
}

const { allow, totalMs } = workerData as WorkerStart;
const options = { guard: addressGuard(allow), resolve: resolveName, totalMs };

parentPort?.on('message', async ({ id, url }: FetchCall) => {
  const link = await fetchLink(url, options).catch(() => undefined);
  parentPort?.postMessage({ id, link } satisfies FetchResult);
});
