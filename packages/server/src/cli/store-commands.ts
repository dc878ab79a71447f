/** `parley migrate`, `parley reindex`, `parley backup`, `parley restore` and `parley doctor`. */
import { type Config, ConfigError } from '../config/load-config.ts';
import { copyIn, copyOut } from './file-copies.ts';
import {
  backUpStore,
  migrateStore,
  reindexStore,
  renewGeneration,
  restoreStore,
} from './store-admin.ts';

/** Flags that are not settings. */
export type Flags = Readonly<Record<string, unknown>>;

export async function migrate({ values }: Config): Promise<void> {
  const { from, to } = await migrateStore(values);
  console.log(
    from === to
      ? `The schema is up to date (version ${to}).`
      : `The schema was updated from version ${from} to ${to}.`,
  );
}

export async function reindex({ values }: Config): Promise<void> {
  await reindexStore(values);
  console.log('The server indexes all messages again, in steps.');
}

export async function backup(
  { values }: Config,
  { file }: { readonly file: string },
  flags: Flags,
): Promise<void> {
  rejectStream('backup', file);
  let files: string | undefined;
  await backUpStore(values, file, async (ids) => {
    if (ids.length > 0) files = await copyOut(values, flags, { ids, file });
  });
  console.log(`Backed up to ${file}${files === undefined ? '' : `, with ${files}`}.`);
}

export async function restore(
  { values }: Config,
  { file }: { readonly file: string },
  flags: Flags,
): Promise<void> {
  rejectStream('restore', file);
  await restoreStore(values, file, async () => {
    const files = await copyIn(values, flags, file);
    if (files !== undefined) console.log(`Copied ${files}.`);
  });
  console.log(`Restored from ${file}. Clients will reload their rooms.`);
}

export async function doctor({ values }: Config, _given: object, flags: Flags): Promise<void> {
  if (flags['new-generation'] !== true) {
    throw new ConfigError(
      "'parley doctor' requires a flag that says what to do: --new-generation.",
    );
  }
  await renewGeneration(values);
  console.log('The store has a new generation. Clients will reload their rooms.');
}

/** Rejects `-`: SQLite writes a database file in random order, which a stream does not support. */
function rejectStream(name: string, file: string): void {
  if (file !== '-') return;
  throw new ConfigError(
    `'parley ${name}' requires a file; only 'parley export' and 'parley import' accept '-'.`,
  );
}
