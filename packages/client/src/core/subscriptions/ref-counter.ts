/**
 * Who wants what: counts, with a moment of grace at the end. What is let go and taken
 * again at once (a page that mounts twice, a list that is sorted anew) was never let go.
 */
import type { CancelTimer, Environment } from '../environment.ts';

export interface RefCounterOptions {
  /** Somebody wants it, perhaps beside others. */
  readonly onTaken: (name: string) => void;
  /** Nobody wanted it for the time of grace. Whether it could be let go; if not, `letGoKept` asks again. */
  readonly onLetGo: (name: string) => boolean;
  readonly graceMs: number;
}

export class RefCounter {
  readonly #environment: Pick<Environment, 'setTimer'>;
  readonly #options: RefCounterOptions;
  readonly #counts = new Map<string, number>();
  readonly #grace = new Map<string, CancelTimer>();
  /** Nobody holds them, and yet they are wanted for a moment longer. */
  readonly #kept = new Set<string>();

  constructor(environment: Pick<Environment, 'setTimer'>, options: RefCounterOptions) {
    this.#environment = environment;
    this.#options = options;
  }

  isHeld(name: string): boolean {
    return (this.#counts.get(name) ?? 0) > 0;
  }

  /** Returns the function that lets it go; calling it again does nothing. */
  take(name: string): () => void {
    this.#grace.get(name)?.();
    this.#grace.delete(name);
    this.#kept.delete(name);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    this.#options.onTaken(name);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#letGo(name);
    };
  }

  /** Tries once more to let go what nobody holds. */
  letGoKept(): void {
    for (const name of [...this.#kept]) this.#end(name);
  }

  #letGo(name: string): void {
    const count = (this.#counts.get(name) ?? 0) - 1;
    if (count > 0) {
      this.#counts.set(name, count);
      return;
    }
    this.#counts.delete(name);
    const { graceMs } = this.#options;
    const end = this.#environment.setTimer(() => {
      this.#grace.delete(name);
      this.#end(name);
    }, graceMs);
    this.#grace.set(name, end);
  }

  #end(name: string): void {
    this.#kept.delete(name);
    if (!this.#options.onLetGo(name)) this.#kept.add(name);
  }
}
