/** Starts worker processes, replaces those that end or do not answer, and stops them. */
import cluster, { type Worker as Child } from 'node:cluster';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../config/load-config.ts';
import type { Logger } from '../ports/logger.ts';
import type { ProcessChannel } from '../ports/process-channel.ts';
import { IpcChannel, type IpcEnd } from '../system/ipc-channel.ts';
import type { ToPrimary, ToWorker, WorkerReady, WorkerStart } from './control.ts';
import { trackHandedConnections } from './handed-connections.ts';

interface SupervisorOptions {
  readonly start: Omit<WorkerStart, 'number'>;
  readonly logger: Logger;
  /** Serves a worker. @returns a function that is called when the worker has ended. */
  readonly connect: (channel: ProcessChannel) => () => void;
}

const WORKER_MAIN = fileURLToPath(new URL('./worker-main.ts', import.meta.url));
const PING_MS = 1000;
/** Pings in a row without an answer after which a worker is killed. */
const PINGS_MISSED_MAX = 10;
/** The same for a worker that starts: it may load its modules on a busy machine, or migrate the schema. */
const START_PINGS_MISSED_MAX = 600;
/** Time after which a worker that ended counts as one that had worked. */
const LONG_LIVED_MS = 10_000;
/** A worker that ended sooner is replaced after this time, so that a bug does not cost all CPU. */
const REPLACE_DELAY_MS = 1000;
/** Longer than a worker needs to close its connections. */
const STOP_TIMEOUT_MS = 12_000;

interface Seat {
  readonly number: number;
  readonly child: Child;
  readonly channel: IpcChannel;
  readonly exited: Promise<unknown>;
  isReady: boolean;
  pingsMissed: number;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #seats = new Map<number, Seat>();
  readonly #delays = new Set<NodeJS.Timeout>();
  readonly #pings: NodeJS.Timeout;
  #isStopping = false;

  /** Resolves when all workers accept connections. @throws {ConfigError} if one cannot start. */
  static async start(
    options: SupervisorOptions,
  ): Promise<{ readonly supervisor: Supervisor; readonly ready: WorkerReady }> {
    cluster.setupPrimary({ exec: WORKER_MAIN, args: [], serialization: 'advanced' });
    const supervisor = new Supervisor(options);
    const { WORKERS: count } = options.start.values;
    try {
      // The first one migrates the schema, and shows whether the settings work.
      const ready = await supervisor.#startWorker(1);
      const others = Array.from({ length: count - 1 }, (_, index) => index + 2);
      await Promise.all(others.map((number) => supervisor.#startWorker(number)));
      return { supervisor, ready };
    } catch (error) {
      await supervisor.stop('failure', 0);
      throw error;
    }
  }

  private constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#pings = setInterval(() => this.#ping(), PING_MS).unref();
  }

  /** Ids of the running processes, in the order of their numbers. */
  get pids(): number[] {
    return [...this.#seats.values()]
      .sort((one, other) => one.number - other.number)
      .map(({ child }) => child.process.pid ?? 0);
  }

  /** Stops all workers; kills those that do not end in time. */
  async stop(reason: string, drainMs: number): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#pings);
    for (const delay of this.#delays) clearTimeout(delay);
    const seats = [...this.#seats.values()];
    for (const { channel } of seats) {
      channel.send('control', { kind: 'stop', reason, drainMs } satisfies ToWorker);
    }
    const kill = (): void => {
      for (const { child } of seats) child.process.kill('SIGKILL');
    };
    const timer = setTimeout(kill, STOP_TIMEOUT_MS + drainMs);
    await Promise.all(seats.map(({ exited }) => exited));
    clearTimeout(timer);
  }

  async #startWorker(number: number): Promise<WorkerReady> {
    const { logger, connect, start } = this.#options;
    const child = cluster.fork();
    const closeUnaccepted = trackHandedConnections(child.process);
    const channel = new IpcChannel(child as unknown as IpcEnd);
    const exited = once(child, 'exit');
    const startedAtMs = performance.now();
    const seat: Seat = { number, child, channel, exited, isReady: false, pingsMissed: 0 };
    this.#seats.set(number, seat);
    const disconnect = connect(channel);
    const { promise, resolve, reject } = Promise.withResolvers<WorkerReady>();
    const pid = child.process.pid ?? 0;
    channel.onMessage('control', (message: ToPrimary) => {
      seat.pingsMissed = 0;
      if (message.kind === 'failed') reject(new ConfigError(message.message));
      if (message.kind !== 'ready') return;
      seat.isReady = true;
      logger.record({ event: 'worker.started', worker: number, pid });
      resolve(message.ready);
    });
    child.on('error', () => {
      // The process is ending; its exit is handled.
    });
    child.once('exit', (code: number | null, signal: string | null) => {
      this.#seats.delete(number);
      closeUnaccepted();
      disconnect();
      const cause = signal ?? String(code);
      reject(new ConfigError(`A worker process ended (${cause}) before it was ready.`));
      if (this.#isStopping || !seat.isReady) return;
      logger.record({ event: 'worker.ended', worker: number, pid, cause });
      const isLongLived = performance.now() - startedAtMs > LONG_LIVED_MS;
      this.#replaceLater(number, isLongLived ? 0 : REPLACE_DELAY_MS);
    });
    channel.send('control', { kind: 'start', start: { ...start, number } } satisfies ToWorker);
    return promise;
  }

  #replaceLater(number: number, delayMs: number): void {
    const delay = setTimeout(() => {
      this.#delays.delete(delay);
      this.#startWorker(number).catch((error: unknown) => {
        if (this.#isStopping) return;
        this.#options.logger.record({ event: 'worker.failed', worker: number, error });
        this.#replaceLater(number, REPLACE_DELAY_MS);
      });
    }, delayMs);
    this.#delays.add(delay);
  }

  /** Counts pings, not time: after a pause of the whole machine, the answers are still unread. */
  #ping(): void {
    for (const { number, child, channel, isReady, pingsMissed } of this.#seats.values()) {
      if (pingsMissed >= (isReady ? PINGS_MISSED_MAX : START_PINGS_MISSED_MAX)) {
        const pid = child.process.pid ?? 0;
        this.#options.logger.record({ event: 'worker.silent', worker: number, pid });
        child.process.kill('SIGKILL');
      }
      channel.send('control', { kind: 'ping' } satisfies ToWorker);
    }
    for (const seat of this.#seats.values()) seat.pingsMissed += 1;
  }
}
