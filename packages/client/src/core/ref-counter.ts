/**
 * Reference counts with a grace period: a key that is released and taken again within it
 * (a component that mounts twice, a list that is sorted again) was never released.
 */
import type { CancelTimer, Environment } from './environment.ts';

/** Time for which a room stays open after its last subscriber, and number of such rooms. */
export const ROOM_GRACE_MS = 5_000;
export const ROOM_GRACE_MAX = 10;

interface RefCounterOptions {
  /** First subscriber of the key. */
  readonly onAcquired: (name: string) => void;
  /**
   * Not held during the grace period. Returns whether it was released; if not,
   * `letGoKept` asks again.
   */
  readonly onReleased: (name: string) => boolean;
  readonly graceMs: number;
  /** Above this number of keys in their grace period the oldest ones end. Default: no limit. */
  readonly graceMax?: number;
}

export class RefCounter {
  readonly #environment: Pick<Environment, 'setTimer'>;
  readonly #options: RefCounterOptions;
  readonly #counts = new Map<string, number>();
  readonly #grace = new Map<string, CancelTimer>();
  /** Keys in their grace period, or kept after it. */
  readonly #kept = new Set<string>();

  constructor(environment: Pick<Environment, 'setTimer'>, options: RefCounterOptions) {
    this.#environment = environment;
    this.#options = options;
  }

  isInUse(name: string): boolean {
    return (this.#counts.get(name) ?? 0) > 0;
  }

  /** Returns the function that releases it; calling it twice has no effect. */
  acquire(name: string): () => void {
    this.#grace.get(name)?.();
    this.#grace.delete(name);
    this.#kept.delete(name);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    this.#options.onAcquired(name);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#release(name);
    };
  }

  /** Tries again to release keys without holders. */
  releaseKept(): void {
    for (const name of [...this.#kept]) this.end(name);
  }

  /** Releases a key without holders, at once or when it is asked again. */
  end(name: string): void {
    this.#kept.delete(name);
    if (!this.#options.onReleased(name)) this.#kept.add(name);
  }

  /** Ends every grace period. */
  endGrace(): void {
    for (const name of [...this.#grace.keys()]) this.#endGraceOf(name);
  }

  #endGraceOf(name: string): void {
    this.#grace.get(name)?.();
    this.#grace.delete(name);
    this.end(name);
  }

  #release(name: string): void {
    const count = (this.#counts.get(name) ?? 0) - 1;
    if (count > 0) {
      this.#counts.set(name, count);
      return;
    }
    this.#counts.delete(name);
    const { graceMs, graceMax = Number.POSITIVE_INFINITY } = this.#options;
    const cancel = this.#environment.setTimer(() => this.#endGraceOf(name), graceMs);
    this.#grace.set(name, cancel);
    const [oldest = name] = this.#grace.keys();
    if (this.#grace.size > graceMax) this.#endGraceOf(oldest);
  }
}
