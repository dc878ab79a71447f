/** The `parley` command: parses the arguments, runs the command, and prints an error as one line. */
import { parseArgs } from 'node:util';
import { ConfigError, loadConfig, readEnvFile } from '../config/load-config.ts';
import { SETTINGS } from '../config/settings.ts';
import { COMMANDS, findCommand, groupOf } from './commands.ts';
import { describeError } from './describe-error.ts';
import { flagOf, usage, usageOf } from './usage.ts';
import { version } from './version.ts';

/** Never throws: prints an error as one line on standard error, and sets the exit code to 1. */
export async function main(args: readonly string[]): Promise<void> {
  let logLevel = process.env['LOG_LEVEL'];
  try {
    const { values: flags, positionals } = parseArgs({
      args: [...args],
      options: {
        ...settingFlags(),
        help: { type: 'boolean' },
        version: { type: 'boolean' },
        'new-generation': { type: 'boolean' },
        end: { type: 'boolean' },
        link: { type: 'boolean' },
        json: { type: 'boolean' },
        demo: { type: 'boolean' },
        verify: { type: 'boolean' },
        actor: { type: 'string' },
        action: { type: 'string' },
        after: { type: 'string' },
        messages: { type: 'string' },
        until: { type: 'string' },
        by: { type: 'string' },
        uses: { type: 'string' },
        'expires-at': { type: 'string' },
        role: { type: 'string' },
        'password-stdin': { type: 'boolean' },
        'without-files': { type: 'boolean' },
        format: { type: 'string' },
      },
      allowPositionals: true,
    });
    if (flags['version'] === true) {
      console.log(version);
      return;
    }
    if (positionals.length === 0) {
      console.log(usage(COMMANDS));
      return;
    }
    const found = findCommand(positionals);
    const group = positionals.length === 1 ? groupOf(positionals[0]) : {};
    if (flags['help'] === true && Object.keys(group).length > 0) {
      console.log(usage(group));
      return;
    }
    if (found !== undefined && flags['help'] === true) {
      console.log(usageOf(found.name, found.command));
      return;
    }
    const expected = found?.command.arguments ?? [];
    if (found === undefined || found.rest.length > expected.length) {
      throw new ConfigError(`Unknown command '${positionals.join(' ')}'. Try 'parley --help'.`);
    }
    const { name, command, rest } = found;
    const missing = expected.find((_, index) => (rest[index] ?? '') === '');
    if (missing !== undefined) {
      throw new ConfigError(
        `'parley ${name}' requires ${missing === 'ID' ? 'an' : 'a'} ${missing.toLowerCase()}: parley ${name} ${expected.join(' ')}.`,
      );
    }
    const given = { file: '', name: '', role: '', id: '', room: '' };
    for (const [index, kind] of expected.entries()) {
      given[kind.toLowerCase() as keyof typeof given] = rest[index] ?? '';
    }
    const config = loadConfig({
      flags: settingsOf(flags),
      environment: process.env,
      envFile: readEnvFile('.env'),
    });
    logLevel = config.values.LOG_LEVEL;
    const run = await command.load();
    await run(config, given, flags);
  } catch (error) {
    process.exitCode = 1;
    console.error(describeError(error, { args, withStack: logLevel === 'debug' }));
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
