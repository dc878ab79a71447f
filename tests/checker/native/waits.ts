/** Waiters for a condition, which is checked whenever something may have changed it. */
export class Waits {
  readonly #looks = new Set<() => void>();

  /** Resolves when the condition holds; rejects with `why` after `deadlineMs` milliseconds. */
  async until(why: string, holds: () => boolean, deadlineMs = 30_000): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = (): void => {
      if (holds()) resolve();
    };
    const timer = setTimeout(() => reject(new Error(why)), deadlineMs);
    this.#looks.add(look);
    look();
    await promise.finally(() => {
      clearTimeout(timer);
      this.#looks.delete(look);
    });
  }

  look(): void {
    for (const look of [...this.#looks]) look();
  }
}
