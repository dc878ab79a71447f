/** Runtimes that come as npm packages, installed below `node_modules/.cache`. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../../tests/package/packed-checkout.ts';
import { root } from '../steps.ts';

export interface Runtime {
  readonly name: string;
  readonly version: string;
  /** The package that contains the program for this platform, and the program's path in it. */
  readonly packageName: string;
  readonly program: string;
  /** Arguments before the path of a program to run. */
  readonly runArguments: readonly string[];
  readonly isNode: boolean;
}

const CACHE = join(root, 'node_modules/.cache/runtimes');

/** For Linux; other systems need the packages of the same projects for them. */
const ARM = process.arch === 'arm64';

/** The oldest supported Node, the newest of each line that is supported upstream, and the newest. */
export const RUNTIMES: readonly Runtime[] = [
  ...['20.19.0', '20.20.2', '22.23.3', '24.21.0', '26.10.0'].map(nodeOf),
  {
    ...{ name: 'bun', version: '1.4.5', program: 'bin/bun', runArguments: [], isNode: false },
    packageName: `@oven/bun-linux-${ARM ? 'aarch64' : 'x64'}`,
  },
  {
    ...{ name: 'deno', version: '2.9.6', program: 'deno', isNode: false },
    packageName: `@deno/linux-${ARM ? 'arm64' : 'x64'}-glibc`,
    runArguments: ['run', '--allow-all'],
  },
];

function nodeOf(version: string): Runtime {
  const oldest = version === '20.19.0' ? '-oldest' : '';
  return {
    ...{ name: `node-${version.split('.')[0]}${oldest}`, version, program: 'bin/node' },
    packageName: `node-linux-${ARM ? 'arm64' : 'x64'}`,
    runArguments: [],
    isNode: true,
  };
}

/** Returns the path of its program; installs it first if it is missing. */
export async function installRuntime(runtime: Runtime): Promise<string> {
  const { packageName, version, program } = runtime;
  const folder = join(CACHE, `${packageName.replace('/', '+')}-${version}`);
  const path = join(folder, 'node_modules', packageName, program);
  if (existsSync(path)) return path;
  // Renamed when complete: an interrupted installation must not look like a complete one.
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const args = ['install', '--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit'];
  const { code, output } = await runProgram(
    'npm',
    [...args, '--no-fund', '--prefix', partial, `${packageName}@${version}`],
    { cwd: partial },
  );
  if (code !== 0) throw new Error(`${packageName}@${version} could not be installed: ${output}`);
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
  if (!existsSync(path)) throw new Error(`${packageName}@${version} has no file ${program}`);
  return path;
}
