/** The commands of `parley`: what each does, takes, and is run by. */
import type { Config, SettingName } from '../config/load-config.ts';
import { exportStore, importStore } from './archive-commands.ts';
import { showConfig } from './show-config.ts';
import { start } from './start.ts';
import { backup, doctor, type Flags, migrate, restore } from './store-commands.ts';

export interface Command {
  readonly about: string;
  /** Whether it is given a file, which it must be. */
  readonly takesFile?: true;
  /** What else there is to know before it is used, in lines. */
  readonly notes?: readonly string[];
  /** What it is told by flags that are no settings. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Settings that make a difference to it. */
  readonly settings: readonly SettingName[] | 'all';
  readonly run: (config: Config, file: string, flags: Flags) => Promise<void> | void;
}

/** Where the store is. */
const STORE: readonly SettingName[] = ['DATA_DIR', 'DATABASE_URL', 'DATABASE_TIMEOUT_MS'];
const FOLDER: readonly SettingName[] = ['DATA_DIR'];

export const COMMANDS: Readonly<Record<string, Command>> = Object.freeze({
  start: { about: 'Serve the web client and the API.', settings: 'all', run: start },
  config: {
    about: 'Show every setting, its value and where it comes from.',
    settings: 'all',
    run: showConfig,
  },
  migrate: {
    about: 'Bring the schema of the database up to date.',
    notes: ['A start does the same.'],
    settings: STORE,
    run: migrate,
  },
  export: {
    about: 'Write all that is stored to FILE.',
    takesFile: true,
    notes: ["Also while a server runs. '-' is standard output."],
    settings: STORE,
    run: exportStore,
  },
  import: {
    about: 'Fill an empty store from FILE.',
    takesFile: true,
    notes: ["FILE is what 'parley export' wrote; '-' is standard input."],
    settings: STORE,
    run: importStore,
  },
  backup: {
    about: 'Copy the database to FILE, also while it runs.',
    takesFile: true,
    notes: ['Of SQLite; PostgreSQL has tools of its own.'],
    settings: FOLDER,
    run: backup,
  },
  restore: {
    about: 'Put FILE into an empty DATA_DIR.',
    takesFile: true,
    notes: ["FILE is what 'parley backup' wrote."],
    settings: FOLDER,
    run: restore,
  },
  doctor: {
    about: 'With --new-generation: after a copy was put back by hand.',
    flags: {
      'new-generation': 'Tell clients to load their rooms anew: the log may have gone back.',
    },
    settings: STORE,
    run: doctor,
  },
});
