/**
 * Packs packages in a copy of the checkout, so that other tests find it unchanged, and runs programs
 * on what comes out.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

interface ProgramResult {
  readonly code: number | null;
  readonly output: string;
}

export class PackedCheckout {
  readonly folder: string;
  readonly checkout: string;
  readonly #tarballs = new Map<string, string>();

  /** Packs packages by the names of their folders; the copy has all that `prepack` needs. */
  static async make(names: readonly string[]): Promise<PackedCheckout> {
    const made = new PackedCheckout(await mkdtemp(join(tmpdir(), 'parley-pack-')));
    const { checkout } = made;
    for (const path of ['tsconfig.base.json', 'package.json', 'scripts/pack.mjs']) {
      await cp(join(root, path), join(checkout, path));
    }
    for (const name of names) {
      await cp(join(root, 'packages', name), join(checkout, 'packages', name), {
        recursive: true,
        filter: (path) => !/(node_modules|dist)$/.test(path),
      });
    }
    await symlink(join(root, 'node_modules'), join(checkout, 'node_modules'), 'junction');
    for (const name of names) {
      const at = join(checkout, 'packages', name);
      made.#tarballs.set(name, await made.pack(at));
      const manifests = [at, join(root, 'packages', name)].map((folder) =>
        readFile(join(folder, 'package.json'), 'utf8'),
      );
      const [packed, source] = await Promise.all(manifests);
      assert.equal(packed, source, 'packing leaves the checkout unchanged');
    }
    return made;
  }

  private constructor(folder: string) {
    this.folder = folder;
    this.checkout = join(folder, 'checkout');
  }

  get tarballs(): readonly string[] {
    return [...this.#tarballs.values()];
  }

  tarballOf(name: string): string {
    return this.#tarballs.get(name) ?? assert.fail(`${name} was not packed`);
  }

  /** Returns the path of the tarball. */
  async pack(packageFolder: string, ...options: readonly string[]): Promise<string> {
    const earlier = await readdir(this.folder);
    const args = ['pack', '--pack-destination', this.folder, ...options];
    const { code, output } = await this.#npm(args, packageFolder);
    assert.equal(code, 0, output);
    const made = (await readdir(this.folder)).find(
      (each) => each.endsWith('.tgz') && !earlier.includes(each),
    );
    return join(this.folder, made ?? assert.fail(output));
  }

  /** Installs tarballs into an empty project, without a registry; returns its folder. */
  async install(tarballs: readonly string[]): Promise<string> {
    const app = join(this.folder, 'app');
    await mkdir(app);
    await writeFile(join(app, 'package.json'), '{"name":"app","private":true,"type":"module"}');
    const args = ['install', '--offline', '--no-audit', '--no-fund', ...tarballs];
    const { code, output } = await this.#npm(args, app);
    assert.equal(code, 0, output);
    return app;
  }

  async expectLintFindsNothing(name: string): Promise<void> {
    const { code, output } = await runBin('publint', this.tarballOf(name), '--strict');
    assert.equal(code, 0, output);
    assert.match(output, /All good!/);
  }

  /** Checks the types of every entry: for all resolutions, or for ES modules and bundlers. */
  async expectTypesAreRight(name: string, profile: 'strict' | 'esm-only'): Promise<void> {
    const args = ['--profile', profile, '--no-color'];
    const { code, output } = await runBin('attw', this.tarballOf(name), ...args);
    assert.equal(code, 0, output);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  #npm(args: readonly string[], cwd: string): Promise<ProgramResult> {
    return runNpm(args, cwd, { npm_config_cache: join(this.folder, 'npm-cache') });
  }
}

export function runNpm(
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ProgramResult> {
  const env = { ...process.env, ...environment };
  return runProgram(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { cwd, env });
}

/** Fails unless the project compiles. */
export async function expectCompiles(project: string): Promise<void> {
  const { code, output } = await runBin('tsc', '--singleThreaded', '-p', project);
  assert.equal(code, 0, output);
}

export function runProgram(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<ProgramResult> {
  const child = spawn(command, args, {
    ...options,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** The first on the PATH that did not come with packages: the oldest that users may have, here. */
export function machineNode(): string {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const own = folders.find(
    (each) => !each.includes('node_modules') && existsSync(join(each, name)),
  );
  return own === undefined ? process.execPath : join(own, name);
}

function runBin(name: string, ...args: readonly string[]): Promise<ProgramResult> {
  return runProgram(process.execPath, [join(root, 'node_modules/.bin', name), ...args]);
}
