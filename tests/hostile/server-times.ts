/** Response times of a server, without the time that its threads and this process have waited for a processor. */
import { readdirSync, readFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

export interface Moment {
  readonly wallMs: number;
  readonly server: ProcessorTimes;
  /** The server's thread that reads the database. */
  readonly reader: ProcessorTimes;
  readonly self: ProcessorTimes;
}

/** Of a thread, in total. */
interface ProcessorTimes {
  readonly runMs: number;
  /** Time that it has waited for a processor. */
  readonly queuedMs: number;
}

export class ServerTimes {
  readonly #pid: number;
  /** Undefined if there is none. */
  readonly #readerId: string | undefined;

  constructor(pid: number) {
    this.#pid = pid;
    this.#readerId = findThread(pid, 'sqlite-reader');
  }

  now(): Moment {
    return {
      wallMs: performance.now(),
      server: processorTimes(this.#pid),
      reader: processorTimes(this.#pid, this.#readerId ?? 'none'),
      self: processorTimes(process.pid),
    };
  }

  /**
   * Excludes the time that the server and this process have waited for a processor: a machine that
   * is busy with other work says nothing about the server. The server's own work counts in full. A
   * read also passes through the thread that reads the database.
   */
  since(began: Moment, { isRead = false } = {}): number {
    const now = this.now();
    const wallMs = now.wallMs - began.wallMs;
    const names: readonly ('server' | 'reader')[] = isRead ? ['server', 'reader'] : ['server'];
    const threads = names.map((name) => ({
      // A server that has ended reports no times.
      runMs: Math.max(0, now[name].runMs - began[name].runMs),
      queuedMs: Math.max(0, now[name].queuedMs - began[name].queuedMs),
    }));
    const runMs = Math.max(...threads.map((thread) => thread.runMs));
    const ownQueuedMs = now.self.queuedMs - began.self.queuedMs;
    const queuedMs = threads.reduce((sum, thread) => sum + thread.queuedMs, ownQueuedMs);
    return Math.min(wallMs, Math.max(runMs, wallMs - queuedMs));
  }
}

/** In milliseconds with two decimals; 0 of none. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round((sorted[sorted.length >> 1] ?? 0) * 100) / 100;
}

/** So that a measurement shows the server's time, not the time this process waits to run. */
export function goFirst(): void {
  try {
    setPriority(constants.priority.PRIORITY_HIGHEST);
  } catch {
    // Only some users may raise their priority.
  }
}

/** Undefined without such a thread, and on a system that does not report them. */
function findThread(pid: number, name: string): string | undefined {
  const directory = `/proc/${pid}/task`;
  try {
    const nameOf = (id: string) => readFileSync(`${directory}/${id}/comm`, 'utf8').trim();
    return readdirSync(directory).find((id) => nameOf(id) === name);
  } catch {
    return undefined;
  }
}

/** Of the main thread by default; zeros if they are not reported. */
function processorTimes(pid: number, threadId: string | number = pid): ProcessorTimes {
  try {
    const text = readFileSync(`/proc/${pid}/task/${threadId}/schedstat`, 'utf8');
    const [runNs, queuedNs] = text.split(' ').map(Number);
    return { runMs: (runNs ?? 0) / 1e6, queuedMs: (queuedNs ?? 0) / 1e6 };
  } catch {
    return { runMs: 0, queuedMs: 0 };
  }
}
