/**
 * Uploads that go on where they broke off, also after a restart of the server. A complete one is
 * received again from its bytes, as any other upload.
 */
import { ChatError, type UserId } from '@parley/protocol';
import { FILE_WAIT_MS, type StoredFile } from '../../model/stored-file.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import { FileHarmful, FileTooLarge, PictureRefused } from '../../ports/file-storage.ts';
import type { FileStore } from '../../ports/file-store.ts';
import type { PartialFile, PartialFiles } from '../../ports/partial-files.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { UploadedPart, UploadedParts, Uploads } from './uploads.ts';

interface ResumableUploadsDependencies {
  readonly store: { readonly files: Pick<FileStore, 'findFiles'> };
  readonly partialFiles: PartialFiles;
  readonly uploads: Uploads;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly secrets: Pick<Crypto, 'newRandomId'>;
  readonly userLimits: Pick<UserRateLimits, 'changes' | 'reads'>;
}

interface Progress extends Pick<PartialFile, 'id' | 'size' | 'offset' | 'expiresAtMs'> {
  /** Set when all bytes have come. */
  readonly stored?: StoredFile;
}

/** A request that writes an upload. */
interface Writer {
  readonly ended: Promise<void>;
  /** It takes no more bytes. */
  stop(): void;
}

/** Of a user, complete ones included: another one takes the place of a complete one, or of the oldest. */
const UPLOADS_MAX = 10;

export class ResumableUploads {
  readonly #dependencies: ResumableUploadsDependencies;
  readonly #writers = new Map<string, Writer>();

  constructor(dependencies: ResumableUploadsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Bytes of one file. */
  get bytesMax(): number {
    return this.#dependencies.uploads.bytesMax('attachment');
  }

  /**
   * @throws {FileTooLarge}
   * @throws {ChatError} RATE_LIMITED, UNAVAILABLE.
   */
  async begin(user: User, { name, size }: Pick<PartialFile, 'name' | 'size'>): Promise<Progress> {
    const { clock, partialFiles, secrets, uploads, userLimits } = this.#dependencies;
    if (size > this.bytesMax) throw new FileTooLarge();
    await userLimits.changes.take(user.id);
    await uploads.requireSpace(user, partialFiles.bytes() + size);
    const expiresAtMs = clock.nowMs() + FILE_WAIT_MS;
    const file = { id: secrets.newRandomId(), name, size, expiresAtMs };
    await partialFiles.begin(user.id, file);
    await this.#removeOldest(user.id);
    return { ...file, offset: 0 };
  }

  /**
   * Where an upload of the user goes on. A request that still writes it is ended: its client asks
   * because it has lost that connection.
   *
   * @throws {ChatError} NOT_FOUND, RATE_LIMITED.
   */
  async find(user: User, id: string): Promise<Progress> {
    await this.#dependencies.userLimits.reads.take(user.id);
    await this.#stop(id, user.id);
    return this.#find(user.id, id);
  }

  /**
   * Writes a body at an offset, and stores the file if it is complete.
   *
   * @throws {FileTooLarge}
   * @throws {ChatError} NOT_FOUND; CONFLICT for another offset; as `Uploads.receive`.
   */
  async append(
    user: User,
    id: string,
    {
      offset,
      body,
      signal,
      client,
    }: { readonly offset: number } & Omit<UploadedPart, 'name'> & Pick<UploadedParts, 'client'>,
  ): Promise<Progress> {
    const { partialFiles, uploads, userLimits } = this.#dependencies;
    await userLimits.changes.take(user.id);
    const key = keyOf(user.id, id);
    // Nothing may come in between.
    while (this.#writers.has(key)) await this.#stop(id, user.id);
    const ended = Promise.withResolvers<void>();
    const { pieces, stop } = stoppable(body);
    this.#writers.set(key, { ended: ended.promise, stop });
    try {
      const file = await this.#find(user.id, id);
      if (file.offset !== offset) {
        throw new ChatError('CONFLICT', { message: `The upload goes on at byte ${file.offset}` });
      }
      return await uploads.inPlace(user.id, client, async () => {
        if (file.fileId === undefined) {
          const missing = file.size - file.offset;
          if (missing > 0) await uploads.requireSpace(user, partialFiles.bytes() + missing);
          await partialFiles.append(user.id, file, pieces);
        }
        const written = await this.#find(user.id, id);
        return written.offset < written.size
          ? written
          : { ...written, stored: await this.#complete(user, written, signal) };
      });
    } finally {
      this.#writers.delete(key);
      ended.resolve();
    }
  }

  /** @throws {ChatError} NOT_FOUND, RATE_LIMITED. */
  async remove(user: User, id: string): Promise<void> {
    const { partialFiles, userLimits } = this.#dependencies;
    await userLimits.changes.take(user.id);
    await this.#stop(id, user.id);
    await this.#find(user.id, id);
    await partialFiles.delete(user.id, id);
  }

  /** After the new one is there: however many begin at once, the last of them sees all. */
  async #removeOldest(userId: UserId): Promise<void> {
    const { partialFiles } = this.#dependencies;
    const files = await partialFiles.list(userId);
    if (files.length <= UPLOADS_MAX) return;
    const isComplete = ({ fileId }: PartialFile): number => (fileId === undefined ? 0 : 1);
    files.sort(
      (one, other) => isComplete(one) - isComplete(other) || other.expiresAtMs - one.expiresAtMs,
    );
    for (const { id } of files.slice(UPLOADS_MAX)) {
      await this.#stop(id, userId);
      await partialFiles.delete(userId, id);
    }
  }

  async #find(userId: UserId, id: string): Promise<PartialFile> {
    const { clock, partialFiles } = this.#dependencies;
    const file = await partialFiles.find(userId, id);
    if (file === undefined || file.expiresAtMs <= clock.nowMs()) throw new ChatError('NOT_FOUND');
    return file;
  }

  /** Once: a client that has lost the answer gets the same file. */
  async #complete(
    user: User,
    file: PartialFile,
    signal: AbortSignal | undefined,
  ): Promise<StoredFile> {
    const { partialFiles, store, uploads } = this.#dependencies;
    if (file.fileId !== undefined) {
      const [stored] = await store.files.findFiles([file.fileId]);
      if (stored === undefined) throw new ChatError('NOT_FOUND');
      return stored;
    }
    const body = partialFiles.read(user.id, file.id);
    const part = { name: file.name, body, ...(signal && { signal }) };
    try {
      const [stored] = await uploads.receiveInPlace(user, only(part));
      if (stored === undefined) throw new ChatError('NOT_FOUND');
      await partialFiles.complete(user.id, file, stored.id);
      return stored;
    } catch (error) {
      // Any other attempt may succeed later, with the bytes that are here.
      const isFinal = error instanceof FileHarmful || isRefusedPicture(error);
      if (isFinal) await partialFiles.delete(user.id, file.id);
      throw error;
    }
  }

  async #stop(id: string, userId: UserId): Promise<void> {
    const writer = this.#writers.get(keyOf(userId, id));
    writer?.stop();
    await writer?.ended;
  }
}

/** Ids of others tell nothing. */
function keyOf(userId: UserId, id: string): string {
  return `${id} ${userId}`;
}

function isRefusedPicture(error: unknown): boolean {
  return error instanceof PictureRefused && error.reason !== 'busy';
}

async function* only(part: UploadedPart): AsyncGenerator<UploadedPart> {
  yield part;
}

/** A body that ends when it is stopped, also while no bytes come. */
function stoppable(body: AsyncIterable<Uint8Array>): {
  readonly pieces: AsyncIterable<Uint8Array>;
  stop(): void;
} {
  let isStopped = false;
  let wake = (): void => {};
  async function* untilStopped(): AsyncGenerator<Uint8Array> {
    const pieces = body[Symbol.asyncIterator]();
    try {
      while (!isStopped) {
        // A promise for each piece: one for all of them would keep every piece in memory.
        const next = await new Promise<IteratorResult<Uint8Array> | undefined>(
          (resolve, reject) => {
            wake = () => resolve(undefined);
            pieces.next().then(resolve, reject);
          },
        );
        if (next === undefined || next.done === true) return;
        yield next.value;
      }
    } finally {
      // It ends with its request.
      pieces.return?.()?.catch(() => {});
    }
  }
  return {
    pieces: untilStopped(),
    stop() {
      isStopped = true;
      wake();
    },
  };
}
