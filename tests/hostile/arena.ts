/** Runs one attack against a server of its own, and judges the result. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Account } from '../../packages/server/test/support/account.ts';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { within } from '../../packages/server/test/support/wait.ts';
import type { MemorySample } from '../../scripts/memory/probe.ts';
import { findFreePort, ParleyProcess } from '../support/parley-process.ts';
import {
  ATTACK_MS,
  type Attack,
  type AttackResult,
  BEHIND_PROXY,
  ENGINE_PORTS,
  type ServerOptions,
} from './attack.ts';
import { type Attacker, Target } from './target.ts';
import type { WatcherOptions, WatcherReport } from './watcher.ts';

export const HEALTH_MS_MAX = 500;
/** An honest user's median read during an attack, in times of the median before it. */
export const READ_RATIO_MAX = 5;
/** A median up to this is fast enough: a ratio of two short times is mostly noise. */
export const READ_MS_FLOOR = 10;
export const GROWN_BYTES_MAX = 64 * 1_048_576;

const ATTACKERS = 10;
/** An attack that exceeds its own time by this is aborted. */
const OVERTIME_MS = 10_000;
/** Time for the server to release what the attack has used. */
export const SETTLE_MS_MAX = 20_000;
const SAMPLE_MS_MAX = 60_000;
const PROBE = join(import.meta.dirname, '../../scripts/memory/probe.ts');
const ENGINES = join(import.meta.dirname, 'engines.ts');
const HONEST_ADDRESS = '203.0.113.9';

interface Presence {
  /** Data directory of a server with all the accounts. */
  readonly directory: string;
  readonly honest: Attacker;
  readonly victim: Attacker;
  readonly attackers: readonly Attacker[];
}

export class Arena {
  readonly #people: Presence;

  /** Creates the accounts once, since each needs an expensive hash. */
  static async prepare(): Promise<Arena> {
    const directory = temporaryDirectory();
    const server = await ParleyProcess.start({ PORT: '0', DATA_DIR: directory });
    const enter = async (username: string): Promise<Attacker> => {
      const { userId, token } = await Account.signUp(server.url, username);
      return { username, userId, token };
    };
    const attackers: Attacker[] = [];
    for (let index = 0; index < ATTACKERS; index += 1) {
      attackers.push(await enter(`attacker-${index}`));
    }
    const honest = await enter('honest');
    const victim = await enter('victim');
    await server.stop();
    return new Arena({ directory, honest, victim, attackers });
  }

  private constructor(people: Presence) {
    this.#people = people;
  }

  async play(attack: Attack): Promise<AttackResult> {
    const { durationMs = ATTACK_MS, name, threat } = attack;
    const directory = temporaryDirectory();
    cpSync(this.#people.directory, directory, { recursive: true });
    const logFile = join(directory, 'log.jsonl');
    const settings = await settingsOf(attack.server ?? {}, directory);
    const server = await startServer(directory, logFile, settings, attack.server ?? {});
    const target = new Target({ ...this.#people, url: server.url, directory, settings });
    const watcher = await Watcher.begin({
      url: server.url,
      token: this.#people.honest.token,
      pid: server.pid,
      headers: isProxied(attack) ? { 'x-forwarded-for': HONEST_ADDRESS } : {},
    });
    try {
      await warmUp(target);
      giveWay(true);
      const before = await sample(server, watcher);
      watcher.resume();
      await runBounded(attack, target, durationMs);
      target.end();
      const grownBytes = await settle(server, watcher, before);
      target.expect(grownBytes !== undefined, 'the server did not tell its memory');
      const report = await watcher.end();
      const faults = [...target.faults, ...report.faults, ...ownFaults(server, logFile)];
      const measured = {
        name,
        threat,
        ...report,
        grownBytes: grownBytes ?? 0,
        logLines: linesOf(logFile).length,
      };
      return { ...measured, faults: [...faults, ...limitFaults(measured)] };
    } finally {
      giveWay(false);
      target.end();
      watcher.close();
      await server.kill();
    }
  }
}

/** Attackers have machines of their own: here they must not take the server's processors. */
function giveWay(isAttack: boolean): void {
  const { PRIORITY_LOW, PRIORITY_NORMAL } = constants.priority;
  try {
    setPriority(isAttack ? PRIORITY_LOW : PRIORITY_NORMAL);
  } catch {
    // Only some users may raise it again; the servers of later attacks then share the low one.
  }
}

async function settingsOf(
  { settings = {}, hasEngines = false }: ServerOptions,
  directory: string,
): Promise<Record<string, string>> {
  const given = { ...(typeof settings === 'function' ? await settings(directory) : settings) };
  if (hasEngines) {
    for (const name of Object.values(ENGINE_PORTS)) given[name] = await findFreePort();
  }
  return given;
}

async function startServer(
  directory: string,
  logFile: string,
  settings: Readonly<Record<string, string>>,
  { descriptorsMax, hasEngines = false }: ServerOptions,
): Promise<ParleyProcess> {
  const modules = [PROBE, ...(hasEngines ? [ENGINES] : [])].map((path) => pathToFileURL(path).href);
  const limit = `ulimit -n ${descriptorsMax}; exec "$@"`;
  return ParleyProcess.start(
    { PORT: await findFreePort(), DATA_DIR: directory, LOG_LEVEL: 'info', ...settings },
    {
      logFile,
      hasChannel: true,
      nodeOptions: ['--expose-gc', ...modules.flatMap((url) => ['--import', url])],
      ...(descriptorsMax === undefined ? {} : { launcher: ['sh', '-c', limit, 'sh'] }),
    },
  );
}

function isProxied({ server }: Attack): boolean {
  return server?.settings === BEHIND_PROXY.settings;
}

/**
 * Warms up with logins, beside the honest traffic: the memory allocator keeps what the first
 * password hashes needed, some 130 MiB, whoever logs in.
 */
async function warmUp({ url, attackers }: Target): Promise<void> {
  await Promise.all(attackers.map(({ username }) => Account.logIn(url, username)));
}

/** Ends the attack when its time is up, and continues without it if it does not end. */
async function runBounded(attack: Attack, target: Target, durationMs: number): Promise<void> {
  try {
    const isOver = attack.run(target);
    await within(isOver, durationMs, () => target.end());
    await within(isOver, OVERTIME_MS, () => {});
  } catch (error) {
    target.expect(
      false,
      `the attack itself failed: ${error instanceof Error ? error.stack : error}`,
    );
  }
}

/**
 * Undefined if the server has ended, or does not answer for far too long. The forced collections
 * stop the server, so no honest request is measured meanwhile.
 */
async function sample(server: ParleyProcess, watcher: Watcher): Promise<number | undefined> {
  await watcher.pause();
  if (!server.isRunning) return undefined;
  const answer = server.ask('collect').catch(() => undefined);
  const memory = (await within(answer, SAMPLE_MS_MAX, () => undefined)) as MemorySample | undefined;
  return memory?.residentBytes;
}

/** Memory growth, once below the limit or the time is up; undefined without an answer. */
async function settle(
  server: ParleyProcess,
  watcher: Watcher,
  before: number | undefined,
): Promise<number | undefined> {
  const endMs = performance.now() + SETTLE_MS_MAX;
  for (;;) {
    const now = await sample(server, watcher);
    if (now === undefined || before === undefined) return undefined;
    const grownBytes = Math.max(0, now - before);
    if (grownBytes <= GROWN_BYTES_MAX || performance.now() > endMs) return grownBytes;
    await watcher.serveRound();
  }
}

function ownFaults(server: ParleyProcess, logFile: string): string[] {
  const failures = linesOf(logFile).filter((line) => line.includes('"level":"error"'));
  const [first = ''] = failures;
  const shown = first.slice(0, 400);
  return [
    ...(server.isRunning ? [] : ['the server ended']),
    ...(failures.length === 0 ? [] : [`${failures.length} failures logged, first ${shown}`]),
  ];
}

function linesOf(logFile: string): string[] {
  return readFileSync(logFile, 'utf8').split('\n').slice(0, -1);
}

function limitFaults(
  result: Pick<AttackResult, 'healthMs' | 'grownBytes' | 'idleReadMs' | 'readMs'>,
): string[] {
  const { healthMs, grownBytes, idleReadMs, readMs } = result;
  const isSlow = readMs > Math.max(READ_MS_FLOOR, READ_RATIO_MAX * idleReadMs);
  return [
    ...(healthMs > HEALTH_MS_MAX ? [`/health took ${healthMs} ms`] : []),
    ...(isSlow ? [`an honest read took ${readMs} ms, ${idleReadMs} ms before the attack`] : []),
    ...(grownBytes > GROWN_BYTES_MAX ? [`${Math.round(grownBytes / 1_048_576)} MiB stayed`] : []),
  ];
}

/** The process that monitors the server. */
class Watcher {
  readonly #process: ReturnType<typeof fork>;

  static async begin(options: WatcherOptions): Promise<Watcher> {
    const child = fork(join(import.meta.dirname, 'watcher.ts'), { stdio: 'inherit' });
    child.send(options);
    const [first] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
    if (first !== 'watching') throw new Error('The honest person could not connect');
    return new Watcher(child);
  }

  private constructor(child: ReturnType<typeof fork>) {
    this.#process = child;
  }

  /** Resolves when the pending honest requests are answered. */
  async pause(): Promise<void> {
    await this.#ask('pause');
  }

  resume(): void {
    this.#process.send('resume');
  }

  /** Resumes, and resolves when the server has answered a number of honest requests. */
  async serveRound(): Promise<void> {
    await this.#ask('round');
  }

  async end(): Promise<WatcherReport> {
    return (await this.#ask('end')) as WatcherReport;
  }

  async #ask(question: 'pause' | 'round' | 'end'): Promise<unknown> {
    const answer = once(this.#process, 'message');
    this.#process.send(question);
    return (await answer)[0];
  }

  close(): void {
    this.#process.kill('SIGKILL');
  }
}
