/** Name and logo that the administrators of the server give it, on all nodes. */
import { ChatError, isBlank } from '@parley/protocol';
import { mayChangeServer } from '../../model/administration-rules.ts';
import type { Identity } from '../../model/identity.ts';
import type { ServerProfile } from '../../model/server-profile.ts';
import type { StoredFile } from '../../model/stored-file.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Store, StoreUnavailable } from '../../ports/store.ts';
import { requireFullSession } from '../accounts/full-session.ts';
import { byOf } from '../core/act.ts';
import type { UserRateLimits } from '../core/user-rate-limits.ts';
import type { UploadedParts, Uploads } from '../files/uploads.ts';
import { type TextKind, toName } from '../primitives/text-validation.ts';

interface ServerProfilesDependencies {
  readonly store: Pick<Store, 'files' | 'serverProfile'>;
  readonly uploads: Pick<Uploads, 'receive'>;
  readonly userLimits: Pick<UserRateLimits, 'changes'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** Everybody who opens the page asks for it: the store is read once in this time. */
const KEPT_MS = 1000;
const NAME: TextKind = { field: 'name', noun: 'The name', lengthMax: 40 };
const NONE: ServerProfile = { name: undefined, logoFileId: undefined };

export class ServerProfiles {
  readonly #dependencies: ServerProfilesDependencies;
  #known = NONE;
  #reading: { readonly atMs: number; readonly profile: Promise<ServerProfile> } | undefined;

  constructor(dependencies: ServerProfilesDependencies) {
    this.#dependencies = dependencies;
  }

  /** At most a second old; while the store is down, as it was known last. */
  read(): Promise<ServerProfile> {
    const nowMs = this.#dependencies.clock.nowMs();
    if (this.#reading === undefined || Math.abs(nowMs - this.#reading.atMs) >= KEPT_MS) {
      this.#reading = { atMs: nowMs, profile: this.#load() };
    }
    return this.#reading.profile;
  }

  /**
   * @param written Empty: the name of the product.
   * @throws {ChatError} FORBIDDEN, VALIDATION_ERROR, RATE_LIMITED, UNAVAILABLE.
   */
  async setName(identity: Identity, written: string): Promise<ServerProfile> {
    await this.#admit(identity);
    const { store, clock } = this.#dependencies;
    const name = isBlank(written) ? undefined : toName(written, NAME);
    await store.serverProfile.setServerName(name, byOf(identity.user, clock));
    return this.#reload();
  }

  /**
   * Shows the middle of a picture in place of the logo before it.
   *
   * @param parts One file.
   * @throws {FileTooLarge}
   * @throws {ChatError} FORBIDDEN, VALIDATION_ERROR for a file that is not a picture, RATE_LIMITED, UNAVAILABLE.
   */
  async setLogo(identity: Identity, parts: UploadedParts): Promise<ServerProfile> {
    await this.#admit(identity);
    const { store, uploads, clock } = this.#dependencies;
    const [file] = await uploads.receive(identity.user, parts, 'avatar');
    await store.serverProfile.setServerLogo(file?.id, byOf(identity.user, clock));
    return this.#reload();
  }

  /** @throws {ChatError} FORBIDDEN, RATE_LIMITED, UNAVAILABLE. */
  async removeLogo(identity: Identity): Promise<ServerProfile> {
    await this.#admit(identity);
    const { store, clock } = this.#dependencies;
    await store.serverProfile.setServerLogo(undefined, byOf(identity.user, clock));
    return this.#reload();
  }

  /** For everybody, also before the login. @throws {ChatError} NOT_FOUND for another file, UNAVAILABLE. */
  async findLogo(id: string): Promise<StoredFile> {
    const { logoFileId } = await this.read();
    if (id !== logoFileId) throw new ChatError('NOT_FOUND');
    const [file] = await this.#dependencies.store.files.findFiles([id]);
    if (file === undefined) throw new ChatError('NOT_FOUND');
    return file;
  }

  async #admit(identity: Identity): Promise<void> {
    await this.#dependencies.userLimits.changes.take(identity.user.id);
    requireFullSession(identity);
    if (!mayChangeServer(identity.user)) throw new ChatError('FORBIDDEN');
  }

  #reload(): Promise<ServerProfile> {
    this.#reading = undefined;
    return this.read();
  }

  async #load(): Promise<ServerProfile> {
    try {
      this.#known = await this.#dependencies.store.serverProfile.readServerProfile();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
    }
    return this.#known;
  }
}
