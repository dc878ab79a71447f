/**
 * A disk that a test can fill, for a server of the test's own user, who need not be
 * root: a file system in memory that only the server and the test see, in its own mount
 * namespace; if the machine does not allow this, a limit on the size of the
 * server's files, whose failures are those of a device (`EFBIG`) instead of a
 * full disk.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { temporaryDirectory } from '../../packages/server/test/support/temporary-directory.ts';
import { ParleyProcess } from './parley-process.ts';

export type DiskKind = 'file-system' | 'file-size';

interface ServerSettings {
  readonly PORT: string;
  readonly [name: string]: string;
}

export interface SmallDisk {
  /** Starts the server on this disk; returns its URL. @throws its output if it could not start. */
  start(settings: ServerSettings): Promise<string>;
  /** Kills the server, if it runs. */
  kill(): Promise<void>;
  /** Fills the disk except for this many bytes. */
  fill(bytesLeft: number): void;
  /** Deletes the file that fills the disk. */
  free(): void;
  /** Also kills the server. */
  remove(): Promise<void>;
}

/** The kinds that this machine supports, the better one first. */
export function diskKinds(): DiskKind[] {
  const kinds: DiskKind[] = [];
  if (mountWay() !== undefined) kinds.push('file-system');
  if (runs('prlimit', [`--fsize=${MIB}:`, 'true'])) kinds.push('file-size');
  return kinds;
}

export const NO_SMALL_DISK = 'needs unshare and nsenter with the right to mount, or prlimit';

export function openSmallDisk(kind: DiskKind, bytes: number): Promise<SmallDisk> {
  return kind === 'file-system'
    ? SmallFileSystem.mount(bytes)
    : Promise.resolve(new LimitedFiles());
}

const MIB = 1024 * 1024;
const ZEROS = Buffer.alloc(64 * 1024);

/** Without root in a user namespace, where we are root; as root also if user namespaces are off. */
const MOUNT_WAYS = Object.freeze([
  {
    unshare: ['--user', '--map-root-user', '--mount'],
    enter: ['--user', '--preserve-credentials'],
  },
  { unshare: ['--mount'], enter: [] },
]);
const MOUNT = 'mount -t tmpfs -o size="$2" tmpfs "$1"';

type MountWay = (typeof MOUNT_WAYS)[number];

function mountWay(): MountWay | undefined {
  if (!runs('nsenter', ['--version'])) return undefined;
  return MOUNT_WAYS.find(({ unshare }) =>
    runs('unshare', [...unshare, 'sh', '-c', MOUNT, 'sh', tmpdir(), String(MIB)]),
  );
}

function runs(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

class SmallFileSystem implements SmallDisk {
  readonly #directory: string;
  readonly #ballast: string;
  readonly #launcher: readonly string[];
  readonly #holder: ChildProcess;
  #server: ParleyProcess | undefined;

  static async mount(bytes: number): Promise<SmallFileSystem> {
    const way = mountWay();
    if (way === undefined) throw new Error('No file system can be mounted here');
    const directory = temporaryDirectory();
    // The namespace and its file system end with the input of the holder, so with this process.
    const script = `${MOUNT} && echo mounted && exec cat`;
    const holder = spawn(
      'unshare',
      [...way.unshare, 'sh', '-c', script, 'sh', directory, String(bytes)],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    await once(holder.stdout, 'data');
    return new SmallFileSystem(way, directory, holder);
  }

  private constructor({ enter }: MountWay, directory: string, holder: ChildProcess) {
    this.#directory = directory;
    this.#holder = holder;
    this.#ballast = join(`/proc/${holder.pid}/root`, directory, 'ballast');
    this.#launcher = ['nsenter', '--target', String(holder.pid), ...enter, '--mount', '--'];
  }

  async start(settings: ServerSettings): Promise<string> {
    const place = { ...settings, DATA_DIR: this.#directory };
    this.#server = await ParleyProcess.start(place, { launcher: this.#launcher });
    return this.#server.url;
  }

  async kill(): Promise<void> {
    await this.#server?.kill();
    this.#server = undefined;
  }

  fill(bytesLeft: number): void {
    const file = openSync(this.#ballast, 'a');
    try {
      for (;;) writeSync(file, ZEROS);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      ftruncateSync(file, Math.max(0, fstatSync(file).size - bytesLeft));
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.#ballast, { force: true });
  }

  async remove(): Promise<void> {
    await this.kill();
    this.#holder.kill();
  }
}

class LimitedFiles implements SmallDisk {
  readonly #directory = temporaryDirectory();
  #server: ParleyProcess | undefined;
  #limit = 'unlimited';

  async start(settings: ServerSettings): Promise<string> {
    const place = { ...settings, DATA_DIR: this.#directory };
    this.#server = await ParleyProcess.start(place, {
      launcher: ['prlimit', this.#argument],
    });
    return this.#server.url;
  }

  async kill(): Promise<void> {
    await this.#server?.kill();
    this.#server = undefined;
  }

  fill(bytesLeft: number): void {
    const sizes = readdirSync(this.#directory).map(
      (name) => statSync(join(this.#directory, name), { throwIfNoEntry: false })?.size ?? 0,
    );
    this.#set(String(Math.max(0, ...sizes) + bytesLeft));
  }

  free(): void {
    this.#set('unlimited');
  }

  async remove(): Promise<void> {
    await this.kill();
  }

  #set(limit: string): void {
    this.#limit = limit;
    if (this.#server === undefined) return;
    if (runs('prlimit', ['--pid', String(this.#server.pid), this.#argument])) return;
    throw new Error(`prlimit could not set ${this.#argument}`);
  }

  /** Only the soft limit, which its owner may raise again. */
  get #argument(): string {
    return `--fsize=${this.#limit}:`;
  }
}
