/** `parley migrate`, `backup` and `restore`. */
import type { Config } from '../config/load-config.ts';
import { backUpStore, migrateStore, restoreStore } from '../store-tools.ts';

export async function migrate({ values }: Config): Promise<void> {
  const { from, to } = await migrateStore(values);
  console.log(
    from === to
      ? `The schema has version ${to}: nothing to do.`
      : `The schema went from version ${from} to ${to}.`,
  );
}

export async function backup({ values }: Config, file: string): Promise<void> {
  await backUpStore(values, file);
  console.log(`Backed up to ${file}.`);
}

export async function restore({ values }: Config, file: string): Promise<void> {
  await restoreStore(values, file);
  console.log(`Restored from ${file}: clients will load their rooms anew.`);
}
