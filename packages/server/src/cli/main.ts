/** The `parley` command: reads what was asked, runs it, and says in one line what is wrong. */
import { parseArgs } from 'node:util';
import { ConfigError, loadConfig, readEnvFile } from '../config/load-config.ts';
import { SETTINGS } from '../config/settings.ts';
import { argumentErrorOf } from './argument-error.ts';
import { COMMANDS } from './commands.ts';
import { flagOf, usage, usageOf } from './usage.ts';
import { version } from './version.ts';

/** What a person can mend. */
const EXPECTED = ['ConfigError', 'DataDirectoryInUse', 'StoreUnusable', 'ArchiveError'];

/** SQLite's BUSY, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB: not we are at fault but the file, its disk, or who holds it. */
const UNUSABLE: ReadonlySet<number> = new Set([5, 8, 10, 11, 13, 14, 26]);

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
    if (name === undefined) {
      console.log(usage(COMMANDS));
      return;
    }
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command !== undefined && flags['help'] === true) {
      console.log(usageOf(name, command));
      return;
    }
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
    console.error(describe(error, args));
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

/** What a person can mend is told in one line; anything else is a defect, with its stack. */
function describe(error: unknown, [asked = '']: readonly string[]): string {
  const fault = argumentErrorOf(error);
  const known = Object.hasOwn(COMMANDS, asked) ? `${asked} ` : '';
  if (fault !== undefined) return `${fault}. Try 'parley ${known}--help'.`;
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
    );
  return isExpected ? error.message : (error.stack ?? error.message);
}
