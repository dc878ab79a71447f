/** The users whom the user has blocked: their messages in rooms are folded. */
import type { UserId } from '@parley/client';

export class Blocks {
  #ids: readonly UserId[] = [];
  readonly #listeners = new Set<() => void>();

  has(userId: string): boolean {
    return this.#ids.includes(userId as UserId);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  set(ids: readonly UserId[]): void {
    this.#ids = ids;
    for (const listener of this.#listeners) listener();
  }
}
