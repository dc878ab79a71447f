/** Receives files of users, within the limits of the server and of each user. */
import { ChatError, type UserId } from '@parley/protocol';
import {
  AVATAR_BYTES_MAX,
  EMOJI_BYTES_MAX,
  FILE_WAIT_MS,
  type NewFile,
  type StoredFile,
} from '../../model/stored-file.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import {
  type FileContent,
  FileHarmful,
  type FileStorage,
  FileUnchecked,
  type FileUse,
  PictureRefused,
  StorageFull,
} from '../../ports/file-storage.ts';
import type { FileStore } from '../../ports/file-store.ts';
import { isNewAccount } from '../core/new-account.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import { unavailable } from '../errors.ts';
import type { Repeated } from '../primitives/repeated.ts';
import { type PlaceClient, SharedPlaces } from '../primitives/shared-places.ts';
import { toFileName } from '../primitives/text-validation.ts';
import type { DomainSettings } from '../settings.ts';

interface UploadsDependencies {
  readonly settings: Pick<
    DomainSettings,
    | 'fileBytesMax'
    | 'userFileBytesPerDay'
    | 'allFilesBytesMax'
    | 'userFilesPercent'
    | 'newAccountMs'
    | 'registration'
  >;
  readonly store: {
    readonly files: Pick<
      FileStore,
      'insertFile' | 'readFileBytes' | 'readUserFileBytes' | 'deleteFiles'
    >;
  };
  readonly fileStorage: FileStorage;
  readonly thumbnails: Pick<Repeated, 'runNow'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly secrets: Pick<Crypto, 'newRandomId'>;
  readonly userLimits: Pick<UserRateLimits, 'fileBytes' | 'decodingMs'>;
}

/** A file on its way. */
export interface UploadedPart {
  /** As the client sends it. */
  readonly name: string;
  readonly body: AsyncIterable<Uint8Array>;
  /** Aborted if the client no longer waits for the answer, with an error for it. */
  readonly signal?: AbortSignal;
}

/** The files of a request, as they arrive. */
export interface UploadedParts extends AsyncIterable<UploadedPart> {
  /** Default: none that could be ended. */
  readonly client?: PlaceClient | undefined;
}

type Received = FileContent & { readonly id: string; readonly name: string };

/** Bytes of uses with a limit of their own. */
const BYTES_MAX: Readonly<Partial<Record<FileUse, number>>> = Object.freeze({
  avatar: AVATAR_BYTES_MAX,
  emoji: EMOJI_BYTES_MAX,
});
const PLACES = { noun: 'uploads', perUserMax: 3, atOnceMax: 100 };
const RECHECK_SECONDS = 30;
/** Accounts that anybody can make begin with this part of a user's share. */
const NEW_ACCOUNT_DIVISOR = 8;

export class Uploads {
  readonly #dependencies: UploadsDependencies;
  readonly #places: SharedPlaces;

  constructor(dependencies: UploadsDependencies) {
    this.#dependencies = dependencies;
    this.#places = new SharedPlaces(PLACES, dependencies.clock);
  }

  /** Bytes of one file. */
  bytesMax(use: FileUse): number {
    const { fileBytesMax } = this.#dependencies.settings;
    return Math.min(BYTES_MAX[use] ?? fileBytesMax, fileBytesMax);
  }

  /**
   * Receives the files of a request, one after the other. Either all of them are stored, or none.
   *
   * @throws {FileTooLarge}
   * @throws {ChatError} VALIDATION_ERROR, RATE_LIMITED, UNAVAILABLE.
   */
  receive(user: User, parts: UploadedParts, use: FileUse = 'attachment'): Promise<StoredFile[]> {
    return this.inPlace(user.id, parts.client, () => this.receiveInPlace(user, parts, use));
  }

  /**
   * Runs a piece of work as one of the uploads that a user may have at the same time.
   *
   * @throws {ChatError} RATE_LIMITED; UNAVAILABLE and others for what the storage throws.
   */
  async inPlace<T>(
    userId: UserId,
    client: PlaceClient | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    const giveBack = this.#places.take(userId, client);
    try {
      return await work();
    } catch (error) {
      if (error instanceof PictureRefused) throw noPicture(error);
      if (error instanceof FileHarmful) throw harmful();
      if (error instanceof FileUnchecked) throw unchecked();
      throw error instanceof StorageFull ? allFull() : error;
    } finally {
      giveBack();
    }
  }

  /** As `receive`, inside of `inPlace`. */
  async receiveInPlace(
    user: User,
    parts: AsyncIterable<UploadedPart>,
    use: FileUse = 'attachment',
  ): Promise<StoredFile[]> {
    const received: Received[] = [];
    const stored: StoredFile[] = [];
    try {
      await this.requireSpace(user);
      for await (const part of parts) received.push(await this.#receive(user, part, use));
      for (const each of received) stored.push(await this.#store(user, each));
      // Last: a request that is refused takes nothing.
      const bytes = received.reduce((sum, { size }) => sum + size, 0);
      const { settings, userLimits } = this.#dependencies;
      const perDay = settings.userFileBytesPerDay;
      // The limit takes a single file that is larger than a day's bytes.
      if (received.length > 1 && perDay > 0 && bytes > perDay) {
        const message = `The files have more than ${perDay} bytes together: send fewer at once`;
        throw new ChatError('RATE_LIMITED', { retryAfterSeconds: 1, message });
      }
      await userLimits.fileBytes.take(user.id, bytes);
      return stored;
    } catch (error) {
      await this.#discard(received, stored);
      throw error;
    }
  }

  /** @throws {ChatError} RATE_LIMITED, UNAVAILABLE. */
  async requireSpace(user: User, bytes = 1): Promise<void> {
    const { settings, store, userLimits } = this.#dependencies;
    await userLimits.fileBytes.require(user.id);
    await userLimits.decodingMs.require(user.id);
    const free = settings.allFilesBytesMax - (await store.files.readFileBytes()) - bytes;
    if (free < 0) throw allFull();
    const share = this.#shareOf(user);
    if (share === undefined) return;
    if ((await store.files.readUserFileBytes(user.id)) >= share * free) throw shareFull();
  }

  /** Of the free space. Undefined without a limit. */
  #shareOf(user: User): number | undefined {
    const { userFilesPercent: percent } = this.#dependencies.settings;
    if (percent === 0) return undefined;
    return percent / 100 / (isNewAccount(this.#dependencies, user) ? NEW_ACCOUNT_DIVISOR : 1);
  }

  async #receive(
    user: User,
    { name, body, signal }: UploadedPart,
    use: FileUse,
  ): Promise<Received> {
    const { fileStorage, secrets, userLimits } = this.#dependencies;
    const id = secrets.newRandomId();
    const decoding = {
      ...{ by: user.id, signal },
      onSpent: (ms: number) => userLimits.decodingMs.use(user.id, Math.ceil(ms)),
    };
    try {
      const limits = { bytesMax: this.bytesMax(use), use, decoding };
      const content = await fileStorage.receive(id, body, limits);
      return { id, name: toFileName(name), ...content };
    } catch (error) {
      await fileStorage.delete(id);
      throw error;
    }
  }

  /** The row first: if the server ends before the file is in its place, the row expires. */
  async #store(user: User, { id, ...received }: Received): Promise<StoredFile> {
    const { clock, fileStorage, settings, store, thumbnails } = this.#dependencies;
    const createdAtMs = clock.nowMs();
    const file: NewFile = {
      ...{ id, userId: user.id, createdAtMs, expiresAtMs: createdAtMs + FILE_WAIT_MS },
      ...received,
      roomId: undefined,
    };
    const { allFilesBytesMax } = settings;
    if (!(await store.files.insertFile(file, allFilesBytesMax, this.#shareOf(user)))) {
      const isFull = (await store.files.readFileBytes()) + file.size > allFilesBytesMax;
      throw isFull ? allFull() : shareFull();
    }
    await fileStorage.keep(id);
    if (file.awaitsThumbnails === true) thumbnails.runNow();
    return file;
  }

  async #discard(received: readonly Received[], stored: readonly StoredFile[]): Promise<void> {
    const { fileStorage, store } = this.#dependencies;
    for (const { id } of received) await fileStorage.delete(id);
    if (stored.length === 0) return;
    const ids = stored.map(({ id }) => id);
    // Should the store be down, they expire.
    await store.files.deleteFiles(ids, Number.MAX_SAFE_INTEGER).catch(() => {});
  }
}

const MEGABYTE = 1024 * 1024;

/** @param bytesMax Of one file. */
export function tooLarge(bytesMax: number): ChatError {
  const megabytes = Math.floor(bytesMax / MEGABYTE);
  const limit = megabytes === 0 ? `${bytesMax} bytes` : `${megabytes} MB`;
  const message = `A file may have at most ${limit}`;
  return new ChatError('VALIDATION_ERROR', { field: 'file', message });
}

function noPicture({ reason }: PictureRefused): ChatError {
  if (reason === 'unsupported') {
    const message = 'This server cannot take pictures';
    return new ChatError('FORBIDDEN', { field: 'file', message });
  }
  if (reason === 'busy') return unavailable();
  if (reason === 'costly') {
    const message =
      'The picture takes too much time or memory to decode: send a smaller copy of it';
    return new ChatError('VALIDATION_ERROR', { field: 'file', message });
  }
  if (reason === 'damaged') {
    const message =
      'The file is damaged, or of a kind from which place and camera data cannot be removed: send another copy of it, or in an archive such as ZIP';
    return new ChatError('VALIDATION_ERROR', { field: 'file', message });
  }
  const message = 'The file is not a PNG, JPEG, GIF or WebP picture that can be read';
  return new ChatError('VALIDATION_ERROR', { field: 'file', message });
}

function harmful(): ChatError {
  const message = 'The check of the file has found something harmful in it';
  return new ChatError('VALIDATION_ERROR', { field: 'file', message });
}

function unchecked(): ChatError {
  const message = 'The file cannot be checked now: upload it again later';
  return new ChatError('UNAVAILABLE', {
    field: 'file',
    message,
    retryAfterSeconds: RECHECK_SECONDS,
  });
}

function shareFull(): ChatError {
  const message = 'Your files take as much of the free space as one user may: delete some of them';
  return new ChatError('UNAVAILABLE', { field: 'file', message });
}

function allFull(): ChatError {
  const message = 'The server has no space left for files';
  return new ChatError('UNAVAILABLE', { field: 'file', message });
}
