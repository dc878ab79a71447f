/**
 * The user whom this client belongs to. A login in another tab of the browser changes the
 * cookie of this tab too; messages of the owner must not be sent as that user.
 */
import type { UserId } from '@parley/protocol';

export class ClientOwner {
  #id: UserId | undefined;

  /** @param id Undefined: the first user whom the server names. */
  constructor(id?: UserId) {
    this.#id = id;
  }

  /** Whether the user whom the server names is the owner. */
  isSame(id: UserId): boolean {
    this.#id ??= id;
    return this.#id === id;
  }
}
