/** A server with several worker processes, as an operator starts it; its log names the processes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { findFreePort, ParleyProcess } from '../support/parley-process.ts';

interface LogLine {
  readonly event: string;
  readonly worker?: number;
  readonly pid?: number;
  readonly username?: string;
}

export class WorkerServer {
  readonly process: ParleyProcess;
  readonly settings: Readonly<Record<string, string>> & { PORT: string; DATA_DIR: string };
  readonly #logFile: string;

  static async start(over: Readonly<Record<string, string>> = {}): Promise<WorkerServer> {
    const settings = {
      WORKERS: '3',
      PORT: await findFreePort(),
      DATA_DIR: temporaryDirectory(),
      MESSAGE_RATE_MAX: '0',
      LOG_LEVEL: 'info',
      ...over,
    };
    const logFile = join(temporaryDirectory(), 'server.log');
    return new WorkerServer(settings, logFile, await ParleyProcess.start(settings, { logFile }));
  }

  private constructor(settings: WorkerServer['settings'], logFile: string, started: ParleyProcess) {
    this.settings = settings;
    this.#logFile = logFile;
    this.process = started;
  }

  get url(): string {
    return this.process.url;
  }

  get log(): LogLine[] {
    const lines = readFileSync(this.#logFile, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as LogLine);
  }

  /** Starts again with the same settings after the process has ended. */
  async restart(): Promise<WorkerServer> {
    const started = await ParleyProcess.start(this.settings, { logFile: this.#logFile });
    return new WorkerServer(this.settings, this.#logFile, started);
  }

  /** Process id of a worker by its number. */
  pidOf(worker: number): number {
    const pid = this.log.findLast(
      (line) => line.event === 'worker.started' && line.worker === worker,
    )?.pid;
    if (pid === undefined) throw new Error(`There is no worker ${worker}`);
    return pid;
  }

  /** Number of the worker that a user's last connection reached, after these lines of the log. */
  async workerOf(username: string, afterLines = 0): Promise<number> {
    const find = () =>
      this.log
        .slice(afterLines)
        .findLast((line) => line.event === 'connection.opened' && line.username === username);
    await until(() => find() !== undefined, `the connection of ${username} in the log`);
    return find()?.worker ?? 0;
  }

  /** Kills a worker, as the system does that is out of memory. */
  killWorker(worker: number): number {
    const pid = this.pidOf(worker);
    process.kill(pid, 'SIGKILL');
    return pid;
  }

  async untilReplaced(worker: number, pid: number): Promise<void> {
    await until(() => this.pidOf(worker) !== pid, `another worker ${worker}`);
  }
}

export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
