/** The stores beside whose servers commands are tested. */
import { postgresSkip, TestDatabases } from './test-database.ts';

interface CommandStore {
  readonly name: string;
  readonly skip: string | false;
  /** Returns the settings of an empty store. */
  readonly open: () => Promise<{
    readonly settings: Readonly<Record<string, string>>;
    readonly close: () => Promise<void>;
  }>;
}

export const COMMAND_STORES: readonly CommandStore[] = [
  { name: 'SQLite', skip: false, open: async () => ({ settings: {}, close: async () => {} }) },
  {
    name: 'SQLite and two workers',
    skip: false,
    open: async () => ({ settings: { WORKERS: '2' }, close: async () => {} }),
  },
  {
    name: 'PostgreSQL',
    skip: postgresSkip(),
    open: async () => {
      const databases = await TestDatabases.open();
      const DATABASE_URL = await databases.create();
      const settings = { DATABASE_URL, DURABILITY: 'relaxed' };
      return { settings, close: () => databases.close() };
    },
  },
];
