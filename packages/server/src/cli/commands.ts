/** The commands of `parley`: description, arguments, settings and implementation. */
import type { Config, SettingName } from '../config/load-config.ts';
import { exportStore, importStore } from './archive-commands.ts';
import { drain } from './drain.ts';
import { showConfig } from './show-config.ts';
import { start } from './start.ts';
import { backup, doctor, type Flags, migrate, restore } from './store-commands.ts';

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
  readonly run: (config: Config, file: string, flags: Flags) => Promise<void> | void;
}

/** Settings that locate the store. */
const STORE: readonly SettingName[] = [
  'DATA_DIR',
  'DATABASE_URL',
  'DATABASE_TIMEOUT_MS',
  'CASSANDRA_URL',
];
const FOLDER: readonly SettingName[] = ['DATA_DIR'];

export const COMMANDS: Readonly<Record<string, Command>> = Object.freeze({
  start: { about: 'Serve the web client and the API.', settings: 'all', run: start },
  config: {
    about: 'Show every setting, its value and its source.',
    settings: 'all',
    run: showConfig,
  },
  drain: {
    about: 'Stop the server of DATA_DIR; a node of a cluster moves its clients to other nodes.',
    notes: ['On the machine of the server. SIGTERM does the same.'],
    settings: ['DATA_DIR', 'DRAIN_MS'],
    run: drain,
  },
  migrate: {
    about: 'Update the database schema to this version.',
    notes: ["'parley start' does the same."],
    settings: STORE,
    run: migrate,
  },
  export: {
    about: 'Export all data to FILE.',
    takesFile: true,
    notes: ["The server may be running. '-' writes to standard output."],
    settings: STORE,
    run: exportStore,
  },
  import: {
    about: 'Import FILE into an empty store.',
    takesFile: true,
    notes: ["FILE was written by 'parley export'; '-' reads from standard input."],
    settings: STORE,
    run: importStore,
  },
  backup: {
    about: 'Back up the SQLite database to FILE; the server may be running.',
    takesFile: true,
    notes: ['For PostgreSQL, use pg_dump or pg_basebackup.'],
    settings: FOLDER,
    run: backup,
  },
  restore: {
    about: 'Restore FILE into an empty DATA_DIR.',
    takesFile: true,
    notes: ["FILE was written by 'parley backup'."],
    settings: FOLDER,
    run: restore,
  },
  doctor: {
    about: 'Repair the store after you restored a copy without parley restore.',
    flags: {
      'new-generation':
        'Make clients reload their rooms, because the restored log may be older than what they have seen.',
    },
    settings: STORE,
    run: doctor,
  },
});
