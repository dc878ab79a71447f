/** The server under test, in its own process, and its health checks. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Account } from '../../packages/server/test/support/account.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { within } from '../../packages/server/test/support/wait.ts';
import { ParleyProcess } from '../support/parley-process.ts';

/** Time limit of an honest client's answer right after a burst, on a machine that runs other tests too. */
const HONEST_MS_MAX = 15_000;

export class FuzzServer {
  readonly #process: ParleyProcess;
  readonly #logFile: string;
  readonly #roomId: string;
  readonly #honest: TestSocket;
  #linesSeen = 0;

  static async start(): Promise<FuzzServer> {
    const directory = temporaryDirectory();
    const logFile = join(directory, 'log.jsonl');
    // Without rate limits on messages, so that the code behind them is reached.
    const settings = {
      PORT: '0',
      DATA_DIR: directory,
      MESSAGE_RATE_MAX: '0',
      USER_CREATION_RATE_MAX: '0',
      LOG_LEVEL: 'error',
    };
    const server = await ParleyProcess.start(settings, { logFile });
    const honest = await (await Account.signUp(server.url, 'honest')).connect();
    const { roomId } = await honest.joinRoom({ roomName: 'quiet' });
    return new FuzzServer({ server, logFile, honest, roomId });
  }

  private constructor(parts: {
    readonly server: ParleyProcess;
    readonly logFile: string;
    readonly honest: TestSocket;
    readonly roomId: string;
  }) {
    this.#process = parts.server;
    this.#logFile = parts.logFile;
    this.#honest = parts.honest;
    this.#roomId = parts.roomId;
  }

  get url(): string {
    return this.#process.url;
  }

  /** False also for a server that is about to end. */
  async isServing(): Promise<boolean> {
    const answer = await fetch(`${this.url}/health`).catch(() => undefined);
    return answer?.ok === true;
  }

  /** Problems since the last check; empty if none. */
  async findFaults(): Promise<string[]> {
    const faults = await this.#askHonestly();
    return [...this.#newLogLines(), ...faults];
  }

  async close(): Promise<void> {
    this.#honest.terminate();
    await this.#process.kill();
  }

  /** At this level every line is a failure of the server. */
  #newLogLines(): string[] {
    const lines = readFileSync(this.#logFile, 'utf8').split('\n').slice(0, -1);
    const fresh = lines.slice(this.#linesSeen);
    this.#linesSeen = lines.length;
    return fresh;
  }

  async #askHonestly(): Promise<string[]> {
    const content = { roomId: this.#roomId, content: 'still here' };
    const answers = Promise.all([
      this.#honest.sendMessage(content),
      fetch(`${this.url}/health`).then(({ status }) => status),
    ]).catch((error: unknown) => String(error));
    const result = await within(answers, HONEST_MS_MAX, () => 'late' as const);
    if (!this.#process.isRunning) return ['the server ended'];
    if (result === 'late') return [`an honest client waited longer than ${HONEST_MS_MAX} ms`];
    if (typeof result === 'string') return [`an honest client was not served: ${result}`];
    return result[1] === 200 ? [] : [`/health answered ${result[1]}`];
  }
}
