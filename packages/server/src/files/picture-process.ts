/**
 * A process that decodes pictures, one after the other: their bytes are of strangers, and the process of
 * the server has its secrets. It starts with the first picture, ends when it has nothing to do, and is
 * replaced if a picture ends it, or takes too much time or memory.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { PictureAnswer, PictureCall, PictureJob, PictureResult } from './picture-program.ts';

interface PictureProcessOptions {
  readonly program: URL;
  /** Limits of a picture, which the process watches itself. */
  readonly limits: PictureCall['limits'];
  /** Milliseconds of a picture after which the process is ended from here. */
  readonly totalMs: number;
  /** Milliseconds without work after which it ends. */
  readonly idleMs?: number;
}

const IDLE_MS = 60_000;
/** Of JavaScript; pictures are outside of it. */
const HEAP_MIB = 64;

/** The process has ended before its answer, for no reason that it has said. */
export class PictureProcessEnded extends Error {
  override readonly name = 'PictureProcessEnded';
}

export class PictureProcess {
  readonly #options: PictureProcessOptions;
  #child: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #count = 0;

  constructor(options: PictureProcessOptions) {
    this.#options = options;
  }

  /**
   * Call it again only after it has ended.
   *
   * @throws {PictureProcessEnded} Also the reason of `signal`.
   */
  async run(job: PictureJob, signal?: AbortSignal): Promise<PictureResult> {
    signal?.throwIfAborted();
    clearTimeout(this.#idle);
    const child = this.#child?.connected === true ? this.#child : this.#start();
    this.#child = child;
    this.#count += 1;
    const id = this.#count;
    const { limits, totalMs } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<PictureResult>();
    const onMessage = (answer: PictureAnswer): void => {
      if (answer.id === id) resolve(answer.result);
    };
    const onEnd = (): void => reject(new PictureProcessEnded());
    const onAbort = (): void => reject(signal?.reason);
    child.on('message', onMessage).once('exit', onEnd).once('error', onEnd);
    signal?.addEventListener('abort', onAbort);
    const timer = setTimeout(() => resolve({ kind: 'over' }), totalMs);
    try {
      // An error is that of a process which has ended: so it says itself.
      child.send({ id, job, limits } satisfies PictureCall, () => {});
      const result = await promise;
      if (result.kind === 'over') this.end();
      return result;
    } catch (error) {
      this.end();
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      child.off('message', onMessage).off('exit', onEnd).off('error', onEnd);
      if (this.#child !== undefined) {
        this.#idle = setTimeout(() => this.end(), this.#options.idleMs ?? IDLE_MS).unref();
      }
    }
  }

  /** Ends the process; the next picture starts another one. */
  end(): void {
    clearTimeout(this.#idle);
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  #start(): ChildProcess {
    const child = fork(fileURLToPath(this.#options.program), {
      execArgv: [`--max-old-space-size=${HEAP_MIB}`],
      // No secret of the settings is in it. Decoded pictures stay in its memory, which is limited.
      env: { VIPS_DISC_THRESHOLD: '100g' },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const forget = (): void => {
      if (this.#child === child) this.#child = undefined;
    };
    // It may end between two pictures.
    child.on('exit', forget).on('error', forget);
    // Timers keep this process while there is work.
    child.unref();
    child.channel?.unref();
    return child;
  }
}
