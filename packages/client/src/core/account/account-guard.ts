/**
 * Whose client this is. Whoever logs in with the same browser, in another tab,
 * changes the cookie of this one too: nothing of the owner may go out as theirs.
 */
import type { UserId } from '@parley/protocol';

export class AccountGuard {
  #id: UserId | undefined;

  /** @param id Absent: the first whom the server names. */
  constructor(id?: UserId) {
    this.#id = id;
  }

  /** Whether the person whom the server names is the owner. */
  isSame(id: UserId): boolean {
    this.#id ??= id;
    return this.#id === id;
  }

  /** The next one whom the server names is the owner. */
  forget(): void {
    this.#id = undefined;
  }
}
