/** Decides who may read a file. */
import { ChatError } from '@parley/protocol';
import type { StoredFile } from '../../model/stored-file.ts';
import { isServerAdmin, type User } from '../../model/user.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import { findReadable } from '../core/read-permission.ts';

interface FileAccessDependencies {
  readonly store: Pick<Store, 'files' | 'rooms' | 'workspaces'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export class FileAccess {
  readonly #dependencies: FileAccessDependencies;

  constructor(dependencies: FileAccessDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Finds a file for those who may read the room in which it stands now, for its uploader before it
   * stands anywhere, and for everyone if it is the picture of a user. The picture of a room stands in it; that of a
   * workspace is for those who may see the workspace.
   *
   * @throws {ChatError} NOT_FOUND, UNAVAILABLE.
   */
  async find(user: User, id: string): Promise<StoredFile> {
    const { store, clock } = this.#dependencies;
    const [file] = await store.files.findFiles([id]);
    if (file === undefined) throw new ChatError('NOT_FOUND');
    const { roomId, workspaceId, userId, expiresAtMs } = file;
    if (roomId !== undefined) {
      await findReadable(this.#dependencies, user.id, roomId).catch(hide);
    } else if (workspaceId !== undefined) {
      const found = await store.workspaces.findWorkspace(workspaceId, user.id);
      if (found?.role === undefined && !isServerAdmin(user)) throw new ChatError('NOT_FOUND');
    } else if (expiresAtMs !== undefined && (userId !== user.id || expiresAtMs <= clock.nowMs())) {
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
