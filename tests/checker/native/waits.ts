/** Waiters for a condition, which is checked whenever something may have changed it. */
import { DEADLINE_MS, within } from '../../../packages/server/test/support/wait.ts';

export class Waits {
  readonly #looks = new Set<() => void>();

  /** Resolves when the condition holds; rejects with `why()` at the deadline. */
  async until(why: () => string, holds: () => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (holds()) resolve();
    };
    const fail = (): never => {
      throw new Error(why());
    };
    this.#looks.add(look);
    look();
    await within(promise, DEADLINE_MS, fail).finally(() => this.#looks.delete(look));
  }

  look(): void {
    for (const look of [...this.#looks]) look();
  }
}
