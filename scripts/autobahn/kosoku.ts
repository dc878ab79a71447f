/**
 * The runner of the Autobahn cases: a Python package in its own virtual environment
 * below `node_modules/.cache`. For the reasons see `docs/decisions/`.
 */
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { root } from '../steps.ts';

/** Pinned: another version may give other verdicts. */
export const KOSOKU_VERSION = '0.1.0';

/** The package is built for the stable ABI of this Python version and later ones. */
const PYTHON_MIN = [3, 10] as const;

const PYTHON_NAMES = ['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];

const environment = join(root, 'node_modules/.cache/autobahn', `kosoku-${KOSOKU_VERSION}`);
const isWindows = process.platform === 'win32';
const program = join(environment, isWindows ? 'Scripts/kosoku.exe' : 'bin/kosoku');

/** The result of one case. The verdicts are those of the suite. */
export interface CaseResult {
  readonly id: string;
  readonly behavior: string;
  readonly behaviorClose: string;
}

/** Installs the runner if it is missing. */
export function installKosoku(): void {
  if (existsSync(program)) return;
  const python = PYTHON_NAMES.find(isPythonEnough);
  if (python === undefined) {
    throw new Error(`needs a Python ${PYTHON_MIN.join('.')} or later, with the module venv`);
  }
  rmSync(environment, { recursive: true, force: true });
  mkdirSync(environment, { recursive: true });
  execFileSync(python, ['-m', 'venv', environment], { stdio: 'inherit' });
  const pip = join(environment, isWindows ? 'Scripts/pip.exe' : 'bin/pip');
  execFileSync(
    pip,
    ['install', '--quiet', '--disable-pip-version-check', `kosoku==${KOSOKU_VERSION}`],
    { stdio: 'inherit' },
  );
}

/** Ids of cases, or patterns that end in `*`; an empty `include` means all. */
export interface Selection {
  readonly include: readonly string[];
  readonly exclude?: readonly string[];
}

interface KosokuRun {
  /** The address that a fuzzing server listens on. */
  readonly url: Promise<string>;
  readonly results: Promise<readonly CaseResult[]>;
  stop(): void;
}

/** Starts one side of the suite, connecting to the address or listening on it. */
export function runKosoku(
  mode: 'fuzzingclient' | 'fuzzingserver',
  address: string,
  { include, exclude = [] }: Selection,
): KosokuRun {
  const folder = mkdtempSync(join(tmpdir(), 'parley-autobahn-'));
  const picked = [
    ...include.flatMap((each) => ['--include', each]),
    ...exclude.flatMap((each) => ['--exclude', each]),
  ];
  const child = spawn(program, ['--mode', mode, '--outdir', folder, ...picked, address], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const url = new Promise<string>((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      output += chunk.toString();
      const found = /listening on (ws:\/\/\S+)/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('close', () => reject(new Error(`kosoku ended early: ${output}`)));
  });
  // Only a fuzzing server prints an address.
  url.catch(() => {});
  const results = resultsOf(child, folder, () => output).finally(() =>
    rmSync(folder, { recursive: true, force: true }),
  );
  return { url, results, stop: () => child.kill() };
}

async function resultsOf(
  child: ChildProcessByStdio<null, Readable, Readable>,
  folder: string,
  output: () => string,
): Promise<readonly CaseResult[]> {
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const index = join(folder, 'index.json');
  if (!existsSync(index)) throw new Error(`kosoku wrote no report: ${output()}`);
  // In the runner's format: agent, then case, then its verdicts.
  const agents = JSON.parse(readFileSync(index, 'utf8')) as Record<
    string,
    Record<string, Omit<CaseResult, 'id'>>
  >;
  return Object.values(agents).flatMap((cases) =>
    Object.entries(cases).map(([id, { behavior, behaviorClose }]) => ({
      id,
      behavior,
      behaviorClose,
    })),
  );
}

function isPythonEnough(name: string): boolean {
  try {
    const version = execFileSync(name, ['--version'], { encoding: 'utf8', stdio: 'pipe' });
    const [major = 0, minor = 0] = version.replace('Python ', '').split('.').map(Number);
    return major > PYTHON_MIN[0] || (major === PYTHON_MIN[0] && minor >= PYTHON_MIN[1]);
  } catch {
    return false;
  }
}
