/** Builds the web client, unless the last build was made from the same sources. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { root, runCommand, tool } from '../steps.ts';
import { compressFiles } from './compress-files.ts';
import { withSetupLock } from './lock.mjs';
import { say } from './say.mjs';

const DIST = join(root, 'packages/web/dist');
const STAMP = join(DIST, '.sources');
/** Budget for the scripts of the first load, compressed with Brotli. */
const FIRST_LOAD_BYTES_MAX = 120_000;
/** All inputs of the build. */
const SOURCES = [
  'package-lock.json',
  'packages/web/index.html',
  'packages/web/vite.config.ts',
  'packages/web/emoji-table.ts',
  'packages/web/public',
  'packages/web/src',
  'packages/client/src',
  'packages/protocol/src',
  'scripts/setup/compress-files.ts',
];

/** Returns false if the build failed, after printing the reason. */
export async function buildWebClient(): Promise<boolean> {
  const sources = digestSources();
  if (isBuiltFrom(sources)) return true;
  return withSetupLock(async () => {
    if (isBuiltFrom(sources)) return true; // By the process that was waited for.
    say('Building the web client …');
    const fresh = `${DIST}.new`;
    rmSync(fresh, { recursive: true, force: true });
    const args = [
      'build',
      'packages/web',
      '--outDir',
      fresh,
      '--emptyOutDir',
      '--logLevel',
      'warn',
    ];
    const { code, output } = await runCommand(tool('vite'), args, { quiet: true });
    if (code !== 0) {
      say(`${output.trimEnd()}\nThe web client could not be built.`);
      return false;
    }
    compressFiles(fresh);
    const firstLoadBytes = firstLoadScriptBytes(fresh);
    if (firstLoadBytes > FIRST_LOAD_BYTES_MAX) {
      say(
        `The page loads ${firstLoadBytes} bytes of script first; ${FIRST_LOAD_BYTES_MAX} are allowed.`,
      );
      return false;
    }
    writeFileSync(join(fresh, '.sources'), sources);
    // Replaced atomically: a running server serves the old files until then.
    rmSync(DIST, { recursive: true, force: true });
    renameSync(fresh, DIST);
    return true;
  });
}

/** Scripts that `index.html` names; all others are loaded when they are needed. */
function firstLoadScriptBytes(folder: string): number {
  const html = readFileSync(join(folder, 'index.html'), 'utf8');
  const scripts = [...html.matchAll(/(?:src|href)="([^"]+\.js)"/g)].map(([, path = '']) => path);
  return scripts.reduce((sum, path) => sum + statSync(join(folder, `${path}.br`)).size, 0);
}

function isBuiltFrom(sources: string): boolean {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sources;
}

function digestSources(): string {
  const digest = createHash('sha256');
  for (const path of SOURCES.flatMap((source) => filesOf(join(root, source))).sort()) {
    digest.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0');
  }
  return digest.digest('hex');
}

function filesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!path.endsWith('src') && !path.endsWith('public')) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
