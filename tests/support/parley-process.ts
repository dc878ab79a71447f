/** The server as a user runs it: a process of its own, that can be killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findFreePort as findPort } from '../../packages/server/test/support/free-port.ts';

const root = join(import.meta.dirname, '../..');
const PARLEY = join(root, 'packages/server/bin/parley.mjs');

export class ParleyProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  /** Resolves when it serves. A launcher is a command that turns itself into the one behind it. */
  static async start(
    settings: {
      readonly PORT: string;
      readonly DATA_DIR: string;
      readonly [name: string]: string;
    },
    launcher: readonly string[] = [],
  ): Promise<ParleyProcess> {
    const [command = '', ...args] = [...launcher, process.execPath, PARLEY, 'start'];
    const child = spawn(command, args, {
      cwd: settings.DATA_DIR,
      env: { PATH: process.env['PATH'], LOG_LEVEL: 'error', ...settings },
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    let said = '';
    for await (const line of createInterface(child.stderr)) {
      const url = /is ready: (http:\/\/\S+)/.exec(line)?.[1];
      if (url !== undefined) return new ParleyProcess(child, url);
      said += `${line}\n`;
    }
    const code = child.exitCode ?? (await once(child, 'exit'))[0];
    throw new Error(`The server ended with ${code} before it was ready:\n${said}`);
  }

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
    this.#exited = once(child, 'exit');
    // A test that fails leaves no server behind.
    process.once('exit', () => child.kill('SIGKILL'));
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('The server was not started');
    return pid;
  }

  /** Ends it at once, as a power cut would end it. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#exited;
  }
}

/** As a setting: for a server that is to come back at the same place. */
export async function findFreePort(): Promise<string> {
  return String(await findPort());
}
