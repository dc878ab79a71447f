/**
 * Runs imports of the history of other applications, one at a time. Every process with the unit looks
 * for them; the store gives each to one of them, for as long as it notes progress. A process that ends
 * leaves the import to the next one, which finds what is stored.
 */
import type { HistoryImport, ImportEnd } from '../../model/history-import.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import { type FileStorage, FileUnchecked } from '../../ports/file-storage.ts';
import {
  ExportElsewhere,
  type HistoryImporter,
  type ImportPlatform,
  ImportRejected,
} from '../../ports/history-importer.ts';
import type { ImportStore } from '../../ports/import-store.ts';
import type { Logger } from '../../ports/logger.ts';
import { StoreUnavailable } from '../../ports/store.ts';
import type { ConnectedUsers } from '../core/connected-users.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import { type Repeated, type Run, repeated } from '../primitives/repeated.ts';
import type { DomainSettings } from '../settings.ts';
import { ImportEffects, type ImportEffectsDependencies } from './import-effects.ts';

const SEARCH_MS = 2000;
const LISTED_MAX = 100;
const SAVE_MS = 1000;
/** A process that has not noted progress for so long has ended. */
const GIVEN_UP_MS = 30_000;
/** After an attempt that failed; doubled with each. */
const RETRY_MS = 10_000;
const RETRY_MS_MAX = 10 * 60_000;
const ATTEMPTS_MAX = 10;
/** Time that an import waits for a process on the machine with its file. */
const AWAITED_MS = 7 * 24 * 60 * 60 * 1000;
/** Shorter pauses add up to one. */
const PAUSE_MS_MIN = 20;
const PAUSE_MS_MAX = 1000;

interface ImportRunsDependencies extends Omit<ImportEffectsDependencies, 'connectedUsers'> {
  readonly settings: Pick<DomainSettings, 'contentLengthMax' | 'fileBytesMax' | 'allFilesBytesMax'>;
  readonly store: ImportEffectsDependencies['store'] & { readonly imports: ImportStore };
  readonly connectedUsers: ImportEffectsDependencies['connectedUsers'] &
    Pick<ConnectedUsers, 'count'>;
  readonly fileStorage: Pick<FileStorage, 'receive' | 'keep' | 'delete'>;
  readonly historyImporter: HistoryImporter;
  readonly bus: { readonly isShared: boolean };
  readonly secrets: Pick<Crypto, 'newRandomId'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly background: BackgroundTasks;
}

export function runImports(dependencies: ImportRunsDependencies): Repeated {
  const { store, historyImporter, clock, bus, logger } = dependencies;
  const closing = new AbortController();
  /** Imports whose files are not on this machine, as the log tells. */
  const toldElsewhere = new Set<string>();
  /** Those of them whose files were read: they are other ones. */
  const otherFiles = new Set<string>();
  // A server alone also finds those that it had when it was killed.
  let graceMs = bus.isShared ? 0 : GIVEN_UP_MS;

  const isOfOther = async (wanted: HistoryImport): Promise<boolean> => {
    const { id, createdAtMs } = wanted;
    if (!otherFiles.has(id) && (await historyImporter.isHere(wanted))) return false;
    if (!toldElsewhere.has(id)) logger.record({ event: 'import.elsewhere', importId: id });
    toldElsewhere.add(id);
    return clock.nowMs() - createdAtMs < AWAITED_MS;
  };
  const runs = repeated(dependencies, SEARCH_MS, async (run) => {
    const nowMs = clock.nowMs();
    const due = await store.imports.listDueImports(nowMs + graceMs, LISTED_MAX);
    for (const wanted of due) {
      if (run.isClosed) return;
      if (await isOfOther(wanted)) continue;
      const attempt = new ImportAttempt(dependencies, run, wanted);
      const end = await attempt.run(graceMs, closing.signal);
      if (end === 'elsewhere') otherFiles.add(wanted.id);
    }
    graceMs = 0;
  });
  const close = (): void => {
    runs.close();
    closing.abort();
  };
  return { ...runs, close };
}

class ImportAttempt {
  readonly #dependencies: ImportRunsDependencies;
  readonly #run: Run;
  readonly #wanted: HistoryImport;
  readonly #attempt: { readonly id: string; readonly holder: string };
  readonly #ending = new AbortController();
  #progress = { done: 0, total: 0 };
  #owedMs = 0;

  constructor(dependencies: ImportRunsDependencies, run: Run, wanted: HistoryImport) {
    this.#dependencies = dependencies;
    this.#run = run;
    this.#wanted = wanted;
    this.#attempt = { id: wanted.id, holder: dependencies.secrets.newRandomId() };
  }

  /**
   * Does nothing if another process was first. Returns `elsewhere` if the file is not that of the import.
   *
   * @throws {StoreUnavailable}
   */
  async run(graceMs: number, closing: AbortSignal): Promise<'elsewhere' | undefined> {
    const { store, clock } = this.#dependencies;
    const { id, holder } = this.#attempt;
    const nowMs = clock.nowMs() + graceMs;
    const dueAtMs = clock.nowMs() + GIVEN_UP_MS;
    const attempts = await store.imports.takeImport(id, { holder, nowMs, dueAtMs });
    if (attempts === undefined) return undefined;
    if (attempts > ATTEMPTS_MAX) {
      await this.#end({
        state: 'failed',
        failure:
          this.#wanted.failure ?? `The process that imported it has ended ${ATTEMPTS_MAX} times.`,
      });
      return undefined;
    }
    const abort = (): void => this.#ending.abort();
    closing.addEventListener('abort', abort);
    if (closing.aborted) abort();
    const renewal = repeated(this.#dependencies, SAVE_MS, () => this.#renew());
    renewal.beginLater();
    const effects = new ImportEffects(this.#dependencies);
    try {
      const report = await this.#import(effects);
      await this.#end({ state: 'done', report });
      return undefined;
    } catch (error) {
      return await this.#handleFailure(error, attempts);
    } finally {
      renewal.close();
      closing.removeEventListener('abort', abort);
      await effects.showRest();
    }
  }

  #import(effects: ImportEffects) {
    const { historyImporter, settings, fileStorage } = this.#dependencies;
    const { contentLengthMax, fileBytesMax, allFilesBytesMax } = settings;
    const platform: ImportPlatform = {
      ...{ contentLengthMax, fileBytesMax, allFilesBytesMax },
      ...{ store: effects.store(), fileStorage },
      pace: (call) => this.#pace(call),
      onProgress: async (done, total) => {
        this.#progress = { done, total };
      },
      onRoomEnd: (roomId) => effects.showRoom(roomId),
    };
    return historyImporter.run(this.#wanted, platform, this.#ending.signal);
  }

  /** Leaves the store to the others for as long as the calls took; a server without any goes on at once. */
  async #pace<T>(call: () => Promise<T>): Promise<T> {
    const { clock, bus, connectedUsers } = this.#dependencies;
    const beganMs = clock.monotonicMs();
    try {
      return await call();
    } finally {
      this.#owedMs += clock.monotonicMs() - beganMs;
      if (this.#owedMs >= PAUSE_MS_MIN) {
        const pauseMs = Math.min(this.#owedMs, PAUSE_MS_MAX);
        this.#owedMs = 0;
        if (bus.isShared || connectedUsers.count > 0) await this.#run.pause(pauseMs);
      }
    }
  }

  async #renew(): Promise<void> {
    const { store, clock } = this.#dependencies;
    const nowMs = clock.nowMs();
    const progress = { ...this.#progress, nowMs, dueAtMs: nowMs + GIVEN_UP_MS };
    const isLatest = await store.imports.saveImport(this.#attempt, progress);
    // This process was suspended, and another one has taken it.
    if (!isLatest) this.#ending.abort();
  }

  async #handleFailure(error: unknown, attempts: number): Promise<'elsewhere' | undefined> {
    const { clock, logger } = this.#dependencies;
    const nowMs = clock.nowMs();
    if (this.#ending.signal.aborted) {
      const end = { state: 'waiting', failure: undefined, dueAtMs: nowMs } as const;
      await this.#end({ ...end, isCounted: false });
      return undefined;
    }
    const failure = error instanceof Error ? error.message : String(error);
    if (error instanceof ExportElsewhere) {
      const isAwaited = nowMs - this.#wanted.createdAtMs < AWAITED_MS;
      const later = { state: 'waiting', failure, dueAtMs: nowMs, isCounted: false } as const;
      await this.#end(isAwaited ? later : { state: 'failed', failure });
      return 'elsewhere';
    }
    if (error instanceof StoreUnavailable || error instanceof FileUnchecked) {
      const dueAtMs = nowMs + RETRY_MS;
      await this.#end({ state: 'waiting', failure, dueAtMs, isCounted: false });
      throw error;
    }
    const isLast = error instanceof ImportRejected || attempts === ATTEMPTS_MAX;
    logger.record({ event: 'import.failed', importId: this.#attempt.id, isLast, error });
    const delayMs = Math.min(RETRY_MS * 2 ** (attempts - 1), RETRY_MS_MAX);
    await this.#end(
      isLast
        ? { state: 'failed', failure }
        : { state: 'waiting', failure, dueAtMs: nowMs + delayMs, isCounted: true },
    );
    return undefined;
  }

  async #end(end: ImportEnd): Promise<void> {
    const { store, clock, logger } = this.#dependencies;
    await this.#renewLast();
    await store.imports.endImport(this.#attempt, end, clock.nowMs());
    const { id: importId } = this.#attempt;
    if (end.state !== 'done') return;
    logger.record({ event: 'import.finished', importId, messageCount: end.report.messages });
  }

  async #renewLast(): Promise<void> {
    if (this.#progress.total > 0) await this.#renew();
  }
}
