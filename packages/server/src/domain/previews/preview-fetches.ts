/**
 * Fetches links within the limits of the user for whom it happens, and keeps what they show. Links
 * beyond a limit are dropped: a preview is no promise. A process that does not run the unit notes the
 * links that it wants, and waits for a process that does.
 */

import { ChatError, type UserId, withoutLongRuns } from '@parley/protocol';
import { withoutControl } from '../../model/control-characters.ts';
import type { LinkPreview, WantedPreview } from '../../model/link-preview.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { FileStorage } from '../../ports/file-storage.ts';
import type { FileStore } from '../../ports/file-store.ts';
import type { FetchedLink, LinkFetcher } from '../../ports/link-fetcher.ts';
import type { LinkPreviewStore } from '../../ports/link-preview-store.ts';
import type { Logger } from '../../ports/logger.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { ConcurrencyLimiter } from '../primitives/concurrency-limiter.ts';
import type { DomainSettings } from '../settings.ts';

interface PreviewFetchesDependencies {
  readonly settings: Pick<DomainSettings, 'allFilesBytesMax'>;
  readonly store: {
    readonly linkPreviews: Omit<LinkPreviewStore, 'deletePreviews'>;
    readonly files: Pick<FileStore, 'insertFile'>;
  };
  readonly fileStorage: Pick<FileStorage, 'receive' | 'keep' | 'delete'>;
  /** Undefined if another process runs the unit. */
  readonly linkFetcher: LinkFetcher | undefined;
  readonly userLimits: Pick<UserRateLimits, 'linkFetches' | 'fileBytes'>;
  readonly clock: Pick<Clock, 'nowMs' | 'schedule'>;
  readonly secrets: Pick<Crypto, 'newRandomId' | 'digest'>;
  readonly background: BackgroundTasks;
  readonly logger: Logger;
}

/** An address, and its key in the store. */
export interface Link {
  readonly url: string;
  readonly urlDigest: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const KEPT_MS = 7 * DAY_MS;
/** An address without a preview is fetched again after this time. */
const FAILURE_KEPT_MS = 60 * 60 * 1000;
/** How long an address waits for a process that fetches it. */
const WANTED_MS = DAY_MS;
/** Longer than a fetch takes: until then, no other process fetches the address, and it is waited for. */
const FETCHING_MS = 15_000;
/** Interval of looking whether other processes have fetched the awaited addresses. */
const LOOK_MS = 500;
/** Others are not waited for. */
const AWAITED_MAX = 200;
const AT_ONCE_MAX = 4;
const WAITING_MAX = 200;
const PER_USER_MAX = 2;
/** Bytes of a picture as it is fetched. */
const PICTURE_BYTES_MAX = 1_000_000;
/** No user has this id: pictures of links belong to no user, and expire. */
const OWNER = 'link-previews' as UserId;
/** Code points. */
const LENGTHS = { title: 200, description: 400, siteName: 80 };

interface Awaited {
  readonly untilMs: number;
  readonly resolve: () => void;
}

/** An address as a message has it; the part after `#` is not sent to a server. */
export function linkOf(url: string, secrets: Pick<Crypto, 'digest'>): Link {
  const { href } = new URL(url);
  const [address = href] = href.split('#', 1);
  return { url, urlDigest: secrets.digest(address) };
}

export class PreviewFetches {
  readonly #dependencies: PreviewFetchesDependencies;
  /** By digest: whether the fetch was not dropped. */
  readonly #running = new Map<string, Promise<boolean>>();
  /** By digest: what other processes fetch. */
  readonly #awaited = new Map<string, Awaited>();
  #isClosed = false;
  readonly #turns = new ConcurrencyLimiter({
    ...{ atOnceMax: AT_ONCE_MAX, waitingMax: WAITING_MAX, perKeyMax: PER_USER_MAX },
  });

  constructor(dependencies: PreviewFetchesDependencies) {
    this.#dependencies = dependencies;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#dependencies.linkFetcher?.close();
  }

  isRunning({ urlDigest }: Link): boolean {
    return this.#running.has(urlDigest);
  }

  /** Resolves when it is fetched, or no longer waited for; with false if it was dropped. */
  fetch(userId: UserId, link: Link): Promise<boolean> {
    const running = this.#running.get(link.urlDigest);
    if (running !== undefined) return running;
    const fetching = this.#fetchWithin(userId, link).finally(() => {
      this.#running.delete(link.urlDigest);
    });
    this.#running.set(link.urlDigest, fetching);
    return fetching;
  }

  async #fetchWithin(userId: UserId, link: Link): Promise<boolean> {
    const { userLimits, logger } = this.#dependencies;
    try {
      await userLimits.linkFetches.take(userId);
      if (!(await this.#fetchHere({ ...link, userId }))) await this.#waitForOther(link);
      return true;
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      logger.record({ event: 'preview.dropped', userId, reason: error.code });
      return false;
    }
  }

  /** False: another process fetches it, or has fetched it. */
  async #fetchHere(wanted: WantedPreview): Promise<boolean> {
    const { linkFetcher, store } = this.#dependencies;
    if (linkFetcher === undefined) {
      await store.linkPreviews.wantPreview(wanted, this.#times());
      return false;
    }
    return this.#turns.run(wanted.userId, async () => {
      if (this.#isClosed) return false;
      const isTaken = await store.linkPreviews.takePreview(wanted, this.#times());
      if (isTaken) await this.#fetchTaken(linkFetcher, wanted);
      return isTaken;
    });
  }

  /**
   * Fetches the next address that is due: another process wants it, or was killed while it fetched it.
   * Resolves when the fetch has begun, which begins with a free place, or with false if none is due.
   */
  fetchDue(): Promise<boolean> {
    const { linkFetcher, store, secrets, background } = this.#dependencies;
    const begun = Promise.withResolvers<boolean>();
    let hasBegun = false;
    // To the queue, each is of a user of its own: their turns are between those of the users here.
    const fetching = this.#turns.run(secrets.newRandomId(), async () => {
      if (linkFetcher === undefined || this.#isClosed) return begun.resolve(false);
      const due = await store.linkPreviews.takeDuePreview(this.#times());
      hasBegun = true;
      begun.resolve(due !== undefined);
      // An older node keeps the address of the entry that its own replaces.
      if (due === undefined || linkOf(due.url, secrets).urlDigest !== due.urlDigest) return;
      await this.#fetchTaken(linkFetcher, due);
    });
    const end = (error: unknown): void => {
      if (hasBegun) throw error;
      begun.reject(error);
    };
    background.run(fetching.catch(end));
    return begun.promise;
  }

  async #fetchTaken(linkFetcher: LinkFetcher, wanted: WantedPreview): Promise<void> {
    const { store, clock } = this.#dependencies;
    const { userId, url, urlDigest } = wanted;
    const fetched = await linkFetcher.fetch(url);
    // It is due again soon, for another process.
    if (this.#isClosed) return;
    const fetchedAtMs = clock.nowMs();
    const untilMs = fetchedAtMs + KEPT_MS;
    const preview = fetched && (await this.#toPreview(userId, fetched, untilMs));
    const expiresAtMs = preview === undefined ? fetchedAtMs + FAILURE_KEPT_MS : untilMs;
    await store.linkPreviews.settlePreview(urlDigest, preview, { fetchedAtMs, expiresAtMs });
  }

  #times() {
    const nowMs = this.#dependencies.clock.nowMs();
    return { nowMs, dueAtMs: nowMs + FETCHING_MS, expiresAtMs: nowMs + WANTED_MS };
  }

  #waitForOther({ urlDigest }: Link): Promise<void> {
    if (this.#awaited.size >= AWAITED_MAX) return Promise.resolve();
    const { clock, background } = this.#dependencies;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#awaited.set(urlDigest, { untilMs: clock.nowMs() + FETCHING_MS, resolve });
    if (this.#awaited.size === 1) background.run(this.#lookForAwaited());
    return promise;
  }

  /** One read for all of them, until there are none. */
  async #lookForAwaited(): Promise<void> {
    const { store, clock } = this.#dependencies;
    try {
      while (!this.#isClosed) {
        const nowMs = clock.nowMs();
        const digests = [...this.#awaited.keys()];
        const found = await store.linkPreviews.findPreviews(digests, nowMs);
        const open = new Set(found.filter((each) => each.isAwaited).map((each) => each.urlDigest));
        for (const urlDigest of digests) {
          const { untilMs = 0 } = this.#awaited.get(urlDigest) ?? {};
          if (!open.has(urlDigest) || untilMs <= nowMs) this.#endWait(urlDigest);
        }
        if (this.#awaited.size === 0) return;
        const { promise, resolve } = Promise.withResolvers<void>();
        clock.schedule(LOOK_MS, resolve);
        await promise;
      }
    } finally {
      for (const urlDigest of this.#awaited.keys()) this.#endWait(urlDigest);
    }
  }

  #endWait(urlDigest: string): void {
    const awaited = this.#awaited.get(urlDigest);
    this.#awaited.delete(urlDigest);
    awaited?.resolve();
  }

  async #toPreview(
    userId: UserId,
    fetched: FetchedLink,
    untilMs: number,
  ): Promise<LinkPreview | undefined> {
    const preview = {
      title: toLine(fetched.title, LENGTHS.title),
      description: toLine(fetched.description, LENGTHS.description),
      siteName: toLine(fetched.siteName, LENGTHS.siteName),
      picture: fetched.picture && (await this.#keepPicture(userId, fetched.picture, untilMs)),
    };
    const { title, description, picture } = preview;
    return title === undefined && description === undefined && picture === undefined
      ? undefined
      : preview;
  }

  /** Undefined if it is no picture, too large to decode, or there is no space for it. */
  async #keepPicture(
    userId: UserId,
    bytes: Uint8Array,
    untilMs: number,
  ): Promise<LinkPreview['picture']> {
    const { clock, fileStorage, secrets, settings, store, userLimits } = this.#dependencies;
    const id = secrets.newRandomId();
    try {
      const limits = { bytesMax: PICTURE_BYTES_MAX, use: 'preview' } as const;
      const content = await fileStorage.receive(id, oneChunk(bytes), limits);
      const { width, height } = content;
      if (width === undefined || height === undefined) throw new Error('Not a picture');
      await userLimits.fileBytes.take(userId, content.size);
      const file = {
        ...{ id, userId: OWNER, name: 'preview.webp', roomId: undefined, ...content },
        ...{ createdAtMs: clock.nowMs(), expiresAtMs: untilMs },
      };
      if (!(await store.files.insertFile(file, settings.allFilesBytesMax))) {
        throw new Error('No space for the picture');
      }
      await fileStorage.keep(id);
      return { fileId: id, width, height };
    } catch {
      await fileStorage.delete(id).catch(() => {});
      return undefined;
    }
  }
}

async function* oneChunk(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** A text of a stranger's page in one line; undefined if there is none. */
function toLine(text: string | undefined, lengthMax: number): string | undefined {
  if (text === undefined) return undefined;
  const spaced = text.toWellFormed().normalize('NFC').replaceAll(/\s+/g, ' ');
  const line = withoutLongRuns(withoutControl(spaced)).trim();
  const points = [...line];
  if (points.length === 0) return undefined;
  return points.length > lengthMax ? `${points.slice(0, lengthMax - 1).join('')}…` : line;
}
