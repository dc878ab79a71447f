/** `parley migrate`, `backup`, `restore` and `doctor`. */
import { type Config, ConfigError } from '../config/load-config.ts';
import { backUpStore, migrateStore, renewGeneration, restoreStore } from './store-admin.ts';

/** What was given beside the settings. */
export type Flags = Readonly<Record<string, unknown>>;

export async function migrate({ values }: Config): Promise<void> {
  const { from, to } = await migrateStore(values);
  console.log(
    from === to
      ? `The schema has version ${to}: nothing to do.`
      : `The schema went from version ${from} to ${to}.`,
  );
}

export async function backup({ values }: Config, file: string): Promise<void> {
  rejectStream('backup', file);
  await backUpStore(values, file);
  console.log(`Backed up to ${file}.`);
}

export async function restore({ values }: Config, file: string): Promise<void> {
  rejectStream('restore', file);
  await restoreStore(values, file);
  console.log(`Restored from ${file}: clients will load their rooms anew.`);
}

export async function doctor({ values }: Config, _file: string, flags: Flags): Promise<void> {
  if (flags['new-generation'] !== true) {
    throw new ConfigError("'parley doctor' needs to be told what to do: --new-generation.");
  }
  await renewGeneration(values);
  console.log('The store has a new generation: clients will load their rooms anew.');
}

/** Elsewhere it is standard input or output; a database is written in no order. */
function rejectStream(name: string, file: string): void {
  if (file !== '-') return;
  throw new ConfigError(
    `'parley ${name}' needs a file, and '-' is a stream: those are for 'parley export' and 'import'.`,
  );
}
