/** The machine and versions of a measurement, without which its figures mean nothing. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { binding } from './cores.ts';

const PACKAGES = ['ws', 'bufferutil', 'socket.io'] as const;

export function readEnvironment(): Readonly<Record<string, string>> {
  const require = createRequire(import.meta.url);
  const versions = PACKAGES.map((name) => `${name} ${versionOf(require.resolve(name))}`);
  return {
    node: process.version,
    system: `${type()} ${release()}`,
    processor: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    binding,
    packages: versions.join(', '),
  };
}

/** Found by path: not every package exports its `package.json`. */
function versionOf(entry: string): string {
  const [root = ''] = /^.*[/\\]node_modules[/\\](@[^/\\]+[/\\])?[^/\\]+/.exec(entry) ?? [];
  const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as {
    version: string;
  };
  return version;
}
