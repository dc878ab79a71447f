/** The server as a user runs it: in its own process, which can be killed and restarted. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findFreePort as findPort } from '../../packages/server/test/support/free-port.ts';
import { inheritedEnvironment } from '../../packages/server/test/support/inherited-environment.ts';
import { inTime } from '../../packages/server/test/support/wait.ts';
import { killAtExit } from './kill-at-exit.ts';

const root = join(import.meta.dirname, '../..');
const PARLEY = join(root, 'packages/server/bin/parley.mjs');

export interface ParleyOptions {
  /** Arguments of `parley`, in place of `start`. */
  readonly command?: readonly string[];
  /** A command that executes the command after it, such as `prlimit --nofile=1024`. */
  readonly launcher?: readonly string[];
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[];
  /** Path of the file for the server's log. Without it the log goes to our own output. */
  readonly logFile?: string;
  /** Opens a channel for messages between this process and code loaded into the server. */
  readonly hasChannel?: boolean;
}

export class ParleyProcess {
  /** Empty if it serves no clients. */
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  /** Resolves when it accepts connections. */
  static async start(
    settings: {
      readonly PORT: string;
      readonly DATA_DIR: string;
      readonly [name: string]: string;
    },
    {
      command: given = ['start'],
      launcher = [],
      nodeOptions = [],
      logFile,
      hasChannel = false,
    }: ParleyOptions = {},
  ): Promise<ParleyProcess> {
    const node = [process.execPath, ...nodeOptions, PARLEY, ...given];
    const [command = '', ...args] = [...launcher, ...node];
    const log = logFile === undefined ? 'inherit' : openSync(logFile, 'a');
    const child = spawn(command, args, {
      cwd: settings.DATA_DIR,
      env: {
        ...{ ...inheritedEnvironment(), LOG_LEVEL: 'error' },
        // Most tests are about people who know each other.
        ASK_BEFORE_STRANGERS: 'off',
        // Tests write more, and the same more often, than people do.
        FLOOD_RULES: 'off',
        // On a slow machine a test server is late, and its refusals last longer than tests wait.
        LOOP_DELAY_MAX_MS: '0',
        FIRST_ACCOUNT: 'member',
        FIRST_ROOM: 'none',
        ...settings,
      },
      stdio: ['ignore', log, 'pipe', ...(hasChannel ? ['ipc' as const] : [])],
    });
    killAtExit(child);
    if (typeof log === 'number') closeSync(log); // The child keeps it open.
    try {
      return new ParleyProcess(child, await inTime(untilReady(child), 'the server to be ready'));
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
    this.#exited = once(child, 'exit');
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error('The server was not started');
    return pid;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Undefined while it runs, and after a signal ended it. */
  get exitCode(): number | undefined {
    return this.#child.exitCode ?? undefined;
  }

  /** Sends a message to the code that was loaded into the server, and resolves to its answer. */
  async ask(question: string): Promise<unknown> {
    const answer = once(this.#child, 'message');
    this.#child.send(question);
    return (await answer)[0];
  }

  /** Kills it at once, as a power failure would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#exited;
  }
}

/** Returns its address; empty if it serves no clients. */
async function untilReady(child: ChildProcess): Promise<string> {
  assert(child.stderr !== null);
  let said = '';
  for await (const line of createInterface(child.stderr)) {
    const [isReady, url = ''] = /(?:is ready: (https?:\/\/\S+)|are ready)/.exec(line) ?? [];
    if (isReady !== undefined) {
      child.stderr.pipe(process.stderr, { end: false }); // Errors that end it later.
      return url;
    }
    said += `${line}\n`;
  }
  const code = child.exitCode ?? (await once(child, 'exit'))[0];
  throw new Error(`The server ended with ${code} before it was ready:\n${said}`);
}

/** As a setting: for a server that restarts on the same port. */
export async function findFreePort(): Promise<string> {
  return String(await findPort());
}
