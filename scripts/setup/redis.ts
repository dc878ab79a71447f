/** Finds a Redis or Valkey that tests can start, or installs Debian's if the user may. */
import { runCommand } from '../steps.ts';
import { findOnPath } from './find-on-path.ts';

type Redis =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'missing'; readonly reason: string };

const NAMES = ['redis-server', 'valkey-server'];

export async function findOrInstallRedis(): Promise<Redis> {
  const there = findRedis();
  if (there !== undefined) return { kind: 'found', path: there };
  if (process.getuid?.() !== 0 || findOnPath('apt-get') === undefined) {
    const reason = 'no Redis was found: install redis-server, or name one in REDIS_SERVER_PATH';
    return { kind: 'missing', reason };
  }
  console.log('Installing Redis for the tests …');
  await runCommand('apt-get', ['update', '-q'], { quiet: true });
  const get = ['apt-get', 'install', '-yq', '--no-install-recommends', 'redis-server'];
  const install = await runCommand('env', ['DEBIAN_FRONTEND=noninteractive', ...get], {
    quiet: true,
  });
  // The package may start a server of its own, which is not wanted here.
  if (findOnPath('service') !== undefined) {
    await runCommand('service', ['redis-server', 'stop'], { quiet: true });
  }
  const installed = findRedis();
  if (installed !== undefined) return { kind: 'found', path: installed };
  const lastLine = install.output.trim().split('\n').at(-1) ?? '';
  return { kind: 'missing', reason: `apt-get could not install Redis: ${lastLine}` };
}

function findRedis(): string | undefined {
  const named = process.env['REDIS_SERVER_PATH'];
  return named ?? NAMES.map(findOnPath).find((path) => path !== undefined);
}
