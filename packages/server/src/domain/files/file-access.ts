/** Decides who may read a file. */
import { ChatError } from '@parley/protocol';
import type { StoredFile } from '../../model/stored-file.ts';
import type { User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { findReadable } from '../core/read-permission.ts';

interface FileAccessDependencies {
  readonly store: Pick<Store, 'files' | 'rooms'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export class FileAccess {
  readonly #dependencies: FileAccessDependencies;

  constructor(dependencies: FileAccessDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Finds a file for those who may read the room in which it stands now, and for its uploader before
   * it stands anywhere.
   *
   * @throws {ChatError} NOT_FOUND, UNAVAILABLE.
   */
  async find(user: User, id: string): Promise<StoredFile> {
    const { store, clock } = this.#dependencies;
    const [file] = await store.files.findFiles([id]);
    if (file === undefined) throw new ChatError('NOT_FOUND');
    const { roomId, userId, expiresAtMs = 0 } = file;
    if (roomId !== undefined) {
      await findReadable(this.#dependencies, user.id, roomId).catch(hide);
    } else if (userId !== user.id || expiresAtMs <= clock.nowMs()) {
      throw new ChatError('NOT_FOUND');
    }
    return file;
  }
}

/** A room that is closed to the user is answered as a file that does not exist. */
function hide(error: unknown): never {
  if (error instanceof ChatError && error.code === 'FORBIDDEN') throw new ChatError('NOT_FOUND');
  throw error;
}
