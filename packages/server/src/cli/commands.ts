/**
 * The commands of `parley`: description, arguments, settings and implementation, which is loaded
 * only to run the command: most commands need a small part of the server.
 */
import type { Config, SettingName } from '../config/load-config.ts';
import type { Flags } from './store-commands.ts';

export interface Command {
  readonly about: string;
  /** Set if the command requires a file. */
  readonly takesFile?: true;
  /** Further lines of the help text. */
  readonly notes?: readonly string[];
  /** Descriptions of the flags that are not settings. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Settings that affect the command. */
  readonly settings: readonly SettingName[] | 'all';
  readonly load: () => Promise<RunCommand>;
}

type RunCommand = (config: Config, file: string, flags: Flags) => Promise<void> | void;

/** Settings that locate the store. */
const STORE: readonly SettingName[] = [
  'DATA_DIR',
  'DATABASE_URL',
  'DATABASE_TIMEOUT_MS',
  'CASSANDRA_URL',
];
const FOLDER: readonly SettingName[] = ['DATA_DIR'];

export const COMMANDS: Readonly<Record<string, Command>> = Object.freeze({
  start: {
    about: 'Serve the web client and the API.',
    settings: 'all',
    load: async () => (await import('./start.ts')).start,
  },
  config: {
    about: 'Show every setting, its value and its source.',
    settings: 'all',
    load: async () => (await import('./show-config.ts')).showConfig,
  },
  drain: {
    about: 'Stop the server of DATA_DIR; a node of a cluster moves its clients to other nodes.',
    notes: ['On the machine of the server. SIGTERM does the same.'],
    settings: ['DATA_DIR', 'DRAIN_MS'],
    load: async () => (await import('./drain.ts')).drain,
  },
  migrate: {
    about: 'Update the database schema to this version.',
    notes: ["'parley start' does the same."],
    settings: STORE,
    load: async () => (await import('./store-commands.ts')).migrate,
  },
  export: {
    about: 'Export all data to FILE.',
    takesFile: true,
    notes: ["The server may be running. '-' writes to standard output."],
    settings: STORE,
    load: async () => (await import('./archive-commands.ts')).exportStore,
  },
  import: {
    about: 'Import FILE into an empty store.',
    takesFile: true,
    notes: ["FILE was written by 'parley export'; '-' reads from standard input."],
    settings: STORE,
    load: async () => (await import('./archive-commands.ts')).importStore,
  },
  backup: {
    about: 'Back up the SQLite database to FILE; the server may be running.',
    takesFile: true,
    notes: ['For PostgreSQL, use pg_dump or pg_basebackup.'],
    settings: FOLDER,
    load: async () => (await import('./store-commands.ts')).backup,
  },
  restore: {
    about: 'Restore FILE into an empty DATA_DIR.',
    takesFile: true,
    notes: ["FILE was written by 'parley backup'."],
    settings: FOLDER,
    load: async () => (await import('./store-commands.ts')).restore,
  },
  doctor: {
    about: 'Repair the store after you restored a copy without parley restore.',
    flags: {
      'new-generation':
        'Make clients reload their rooms, because the restored log may be older than what they have seen.',
    },
    settings: STORE,
    load: async () => (await import('./store-commands.ts')).doctor,
  },
});
