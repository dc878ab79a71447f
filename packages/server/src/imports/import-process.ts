/**
 * Runs each import in a process of its own, which parses the export, and calls the store of this process
 * one call after the other. It ends if it is silent for minutes, makes more calls than the program of
 * an import does, or needs too much memory: a thread that does would end the server with it.
 */
import { fork } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ImportReport } from '../model/history-import.ts';
import type { HistoryImporter, ImportPlatform } from '../ports/history-importer.ts';
import { ImportRejected } from '../ports/history-importer.ts';
import { callChannel, type Handlers } from './call-channel.ts';
import { ImportError } from './exported-history.ts';

interface HistoryImporterOptions {
  /** The program of the process. */
  readonly program: URL;
  /** Milliseconds without a call after which the process hangs. */
  readonly silentMs?: number;
  readonly heapMib?: number;
}

/** Between two calls it reads at most a file of the export, or a few thousand messages. */
const SILENT_MS = 3 * 60_000;
/** A day of a Slack channel is in memory as a whole. */
const HEAP_MIB = 1024;
/** The program waits for each call. */
const CALLS_MAX = 8;
/** How Node ends a process whose heap is full. */
const HEAP_IS_FULL = 'SIGABRT';

/** Methods that the process of an import may call. */
const CALLS = {
  accounts: ['findEmailUser', 'findLastSeen', 'findUser', 'insertUser'],
  customEmoji: ['findCustomEmoji', 'insertCustomEmoji', 'listCustomEmoji'],
  files: ['deleteFiles', 'findFiles', 'insertFile'],
  log: ['commit', 'readHeads'],
  rooms: ['addMember', 'changeRoom', 'createRoom', 'findRoom', 'markRead', 'readUnread'],
  threads: ['markThreadsRead'],
} as const;

/** Methods by which the process of an import reaches the store. */
export function storeOver(
  call: (name: string, ...args: readonly unknown[]) => Promise<unknown>,
): ImportPlatform['store'] {
  const parts = Object.entries(CALLS).map(([part, names]) => [
    part,
    Object.fromEntries(
      names.map((name) => [
        name,
        (...args: readonly unknown[]) => call(`${part}.${name}`, ...args),
      ]),
    ),
  ]);
  // An import uses these methods of each part only: its dependencies say so.
  return Object.fromEntries(parts) as ImportPlatform['store'];
}

function handlersOf(platform: ImportPlatform, read: (body: number) => Promise<unknown>): Handlers {
  const { store, fileStorage, pace, onProgress, onRoomEnd } = platform;
  const calls = Object.entries(CALLS).flatMap(([part, names]) =>
    names.map((name) => {
      const methods = store[part as keyof typeof CALLS] as unknown as Handlers;
      const run = (...args: never[]) => pace(async () => methods[name]?.(...args));
      return [`${part}.${name}`, run] as const;
    }),
  );
  async function* chunksOf(body: number): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = await read(body);
      if (!(chunk instanceof Uint8Array)) return;
      yield chunk;
    }
  }
  return {
    ...Object.fromEntries(calls),
    receive: (id: string, body: number, limits: Parameters<typeof fileStorage.receive>[2]) =>
      pace(() => fileStorage.receive(id, chunksOf(body), limits)),
    keep: (id: string) => pace(() => fileStorage.keep(id)),
    delete: (id: string) => pace(() => fileStorage.delete(id)),
    onProgress: (done: number, total: number) => onProgress(done, total),
    onRoomEnd: (roomId: never) => onRoomEnd(roomId),
  };
}

export function historyImporter({
  program,
  silentMs = SILENT_MS,
  heapMib = HEAP_MIB,
}: HistoryImporterOptions): HistoryImporter {
  return {
    async isHere({ path, size }) {
      const found = await stat(path).catch(() => undefined);
      return found?.isFile() === true && found.size === size;
    },

    async run(wanted, platform, signal) {
      const child = fork(fileURLToPath(program), {
        execArgv: [`--max-old-space-size=${heapMib}`],
        // Nothing of the settings is of use in it, except the folder for its temporary file.
        env: { TMPDIR: process.env['TMPDIR'], SQLITE_TMPDIR: process.env['SQLITE_TMPDIR'] },
        serialization: 'advanced',
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
      const exited = Promise.withResolvers<void>();
      const failed = Promise.withResolvers<never>();
      let timer: NodeJS.Timeout | undefined;
      const channel = callChannel(
        child,
        handlersOf(platform, (body) => channel.call('read', body)),
        {
          callsMax: CALLS_MAX,
          onTooMany: () => failed.reject(new Error('The process made too many calls')),
          onTraffic: ({ here, there }) => {
            clearTimeout(timer);
            // While the store works for it, nothing is expected of it. `run` is one call.
            if (here > 0 && there < 2) return;
            const hang = (): void => failed.reject(new Error('The process did not go on'));
            timer = setTimeout(hang, silentMs);
          },
        },
      );
      child.on('error', (error) => failed.reject(error));
      child.on('exit', (code, signal) => {
        failed.reject(toError(signal ?? `code ${code}`, heapMib));
        exited.resolve();
      });
      const abort = (): void => failed.reject(new Error('The server ends'));
      signal.addEventListener('abort', abort);
      if (signal.aborted) abort();
      try {
        const { contentLengthMax, fileBytesMax, allFilesBytesMax } = platform;
        const limits = { contentLengthMax, fileBytesMax, allFilesBytesMax };
        const report = channel.call('run', { ...wanted, ...limits });
        // Returned by the program of the process.
        return (await Promise.race([report, failed.promise])) as ImportReport;
      } catch (error) {
        if (!(error instanceof ImportError)) throw error;
        throw new ImportRejected(error.message, { cause: error });
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        failed.promise.catch(() => {});
        channel.end(new Error('The process has ended'));
        child.kill('SIGKILL');
        if (child.pid !== undefined) await exited.promise;
      }
    },
  };
}

function toError(cause: string, heapMib: number): Error {
  if (cause !== HEAP_IS_FULL) return new Error(`The process has ended (${cause})`);
  return new ImportRejected(`The import needs more than ${heapMib} MiB of memory.`);
}
