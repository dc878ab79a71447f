/**
 * Reads of PostgreSQL. While connections are free, each read takes one of its own; reads that wait
 * for one share the next. Many users who connect at once then cost a round trip for several of them,
 * which is most of the cost of a short read.
 */
import { NotBegun } from '../../ports/store.ts';

/** Maximum number of reads that share a connection: a slow one holds up the others. */
const TOGETHER_MAX = 16;

interface SharedReadsOptions<Client, Read> {
  /** Whether a read can have a connection at once. */
  readonly hasFree: () => boolean;
  /** Calls `work` with a connection, and rejects with its error, or because there is none. */
  readonly lend: <T>(work: (client: Client) => Promise<T>) => Promise<T>;
  /** Resolves to the result of each read; if any fails, rejects with its error. */
  readonly run: (client: Client, reads: readonly Read[]) => Promise<readonly unknown[]>;
  /** Whether the read alone, and not the connection, has failed. */
  readonly isFaultOfRead: (error: unknown) => boolean;
  /** Milliseconds after which a read that still waits is rejected. */
  readonly waitMsMax: number;
}

interface Waiting<Read> {
  readonly read: Read;
  readonly beganAtMs: number;
  /** The caller names the type of the result. */
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
}

export class SharedReads<Client, Read> {
  readonly #options: SharedReadsOptions<Client, Read>;
  readonly #waiting: Waiting<Read>[] = [];
  /** Number of connections that were asked for; at least one while reads wait. */
  #requested = 0;

  constructor(options: SharedReadsOptions<Client, Read>) {
    this.#options = options;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  add<T>(read: Read): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.push({ read, beganAtMs: performance.now(), resolve, reject });
    if (this.#requested === 0 || this.#options.hasFree()) void this.#request();
    return promise;
  }

  async #request(): Promise<void> {
    let taken: readonly Waiting<Read>[] | undefined;
    this.#requested += 1;
    try {
      await this.#options.lend(async (client) => {
        taken = this.#take();
        if (taken.length > 0) await this.#run(client, taken);
      });
    } catch (error) {
      if (taken === undefined) {
        this.#requested -= 1;
        taken = this.#waiting.splice(0);
      }
      this.#settleFailed(taken, error);
    }
  }

  /** Leaves their share to the other connections that were asked for. */
  #take(): readonly Waiting<Read>[] {
    this.#rejectLate();
    const share = Math.ceil(this.#waiting.length / this.#requested);
    const taken = this.#waiting.splice(0, Math.min(share, TOGETHER_MAX));
    this.#requested -= 1;
    if (this.#waiting.length > 0 && this.#requested === 0) void this.#request();
    return taken;
  }

  #rejectLate(): void {
    const beforeMs = performance.now() - this.#options.waitMsMax;
    const inTime = this.#waiting.findIndex(({ beganAtMs }) => beganAtMs >= beforeMs);
    const late = this.#waiting.splice(0, inTime === -1 ? this.#waiting.length : inTime);
    for (const { reject } of late) reject(new NotBegun('PostgreSQL has no free connection'));
  }

  async #run(client: Client, taken: readonly Waiting<Read>[]): Promise<void> {
    const results = await this.#options.run(
      client,
      taken.map(({ read }) => read),
    );
    for (const [index, { resolve }] of taken.entries()) resolve(results[index] as never);
  }

  /** Any read may have been the fault: each is repeated alone. */
  #settleFailed(taken: readonly Waiting<Read>[], error: unknown): void {
    const { lend, isFaultOfRead } = this.#options;
    for (const waiting of taken) {
      if (taken.length === 1 || !isFaultOfRead(error)) waiting.reject(error);
      else lend((client) => this.#run(client, [waiting])).catch(waiting.reject);
    }
  }
}
