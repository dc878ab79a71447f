/** The `parley` command: reads what was asked, runs it, and says in one line what is wrong. */
import { parseArgs } from 'node:util';
import { type Config, ConfigError, loadConfig, readEnvFile } from '../config/load-config.ts';
import { SETTINGS } from '../config/settings.ts';
import { exportStore, importStore } from './archive-commands.ts';
import { showConfig } from './show-config.ts';
import { start } from './start.ts';
import { backup, doctor, type Flags, migrate, restore } from './store-commands.ts';
import { version } from './version.ts';

/** What a person can mend. */
const EXPECTED = ['ConfigError', 'DataDirectoryInUse', 'StoreUnusable', 'ArchiveError'];

/** SQLite's BUSY, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB: not we are at fault but the file, its disk, or who holds it. */
const UNUSABLE: ReadonlySet<number> = new Set([5, 8, 10, 11, 13, 14, 26]);

interface Command {
  readonly about: string;
  /** Whether it is given a file, which it must be. */
  readonly takesFile?: true;
  readonly run: (config: Config, file: string, flags: Flags) => Promise<void> | void;
}

const COMMANDS: Readonly<Record<string, Command>> = Object.freeze({
  start: { about: 'Serve the web client and the API.', run: start },
  config: { about: 'Show every setting, its value and where it comes from.', run: showConfig },
  migrate: { about: 'Bring the schema of the database up to date.', run: migrate },
  export: { about: 'Write all that is stored to FILE.', takesFile: true, run: exportStore },
  import: { about: 'Fill an empty store from FILE.', takesFile: true, run: importStore },
  backup: { about: 'Copy the database to FILE, also while it runs.', takesFile: true, run: backup },
  restore: { about: 'Put FILE into an empty DATA_DIR.', takesFile: true, run: restore },
  doctor: { about: 'With --new-generation: after a copy was put back by hand.', run: doctor },
});

/** Never throws: a failure is one line on standard error and the exit code 1. */
export async function main(args: readonly string[]): Promise<void> {
  try {
    const { values: flags, positionals } = parseArgs({
      args: [...args],
      options: {
        ...settingFlags(),
        help: { type: 'boolean' },
        version: { type: 'boolean' },
        'new-generation': { type: 'boolean' },
      },
      allowPositionals: true,
    });
    if (flags['version'] === true) {
      console.log(version);
      return;
    }
    const [name, file = '', ...rest] = positionals;
    if (flags['help'] === true || name === undefined) {
      console.log(usage());
      return;
    }
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined || rest.length > 0 || (file !== '' && !command.takesFile)) {
      throw new ConfigError(`There is no command '${positionals.join(' ')}'. Try 'parley --help'.`);
    }
    if (command.takesFile && file === '') {
      throw new ConfigError(`'parley ${name}' needs a file: parley ${name} FILE.`);
    }
    await command.run(
      loadConfig({
        flags: settingsOf(flags),
        environment: process.env,
        envFile: readEnvFile('.env'),
      }),
      file,
      flags,
    );
  } catch (error) {
    process.exitCode = 1;
    console.error(describe(error));
  }
}

/** `--data-dir X` is `DATA_DIR=X`. */
function settingFlags(): Record<string, { type: 'string' }> {
  return Object.fromEntries(
    Object.keys(SETTINGS).map((name) => [flagOf(name), { type: 'string' }]),
  );
}

function settingsOf(flags: Record<string, unknown>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.keys(SETTINGS).map((name) => {
      const value = flags[flagOf(name)];
      return [name, typeof value === 'string' ? value : undefined];
    }),
  );
}

function flagOf(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}

function usage(): string {
  const commands = Object.entries(COMMANDS).map(
    ([name, { about, takesFile }]) =>
      `  ${(takesFile ? `${name} FILE` : name).padEnd(13)} ${about}`,
  );
  return [
    'parley COMMAND [FILE] [--setting value ...]',
    '',
    ...commands,
    '',
    'Each setting can be given as a flag (--port 9000), in the environment (PORT=9000) or in a',
    "file '.env'. 'parley config' lists them.",
  ].join('\n');
}

/** What a person can mend is told in one line; anything else is a defect, with its stack. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const {
    code,
    port,
    address,
    errcode = 0,
  } = error as NodeJS.ErrnoException & { port?: number; address?: string; errcode?: number };
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${address} is in use. Choose another with PORT.`;
  if (code === 'EACCES' && port !== undefined) return `Port ${port} may not be used by this user.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `HOST is not an address of this machine (${code}).`;
  }
  if (UNUSABLE.has(errcode & 0xff)) return `The database cannot be used: ${error.message}.`;
  const isExpected =
    EXPECTED.includes(error.name) ||
    // Of a file that the operator named.
    ['ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR', 'ENOSPC', 'EDQUOT', 'EFBIG', 'EPIPE'].includes(
      code ?? '',
    ) ||
    code?.startsWith('ERR_PARSE_ARGS') === true;
  return isExpected ? error.message : (error.stack ?? error.message);
}
