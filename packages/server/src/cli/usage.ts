/** What `--help` says, of all commands and of each. */
import type { Setting } from '../config/setting-types.ts';
import { SETTINGS } from '../config/settings.ts';
import type { Command } from './commands.ts';

const SETTINGS_NOTE = [
  'Each setting can be given as a flag (--port 9000), in the environment (PORT=9000) or in a',
  "file '.env'. 'parley config' lists them.",
];

export function usage(commands: Readonly<Record<string, Command>>): string {
  const rows = Object.entries(commands).map(
    ([name, command]) => [callOf(name, command), command.about] as const,
  );
  return [
    'parley COMMAND [FILE] [--setting value ...]',
    '',
    ...toColumns(rows),
    '',
    "'parley COMMAND --help' tells more of one, 'parley --version' the version.",
    ...SETTINGS_NOTE,
  ].join('\n');
}

export function usageOf(name: string, command: Command): string {
  const { about, notes = [], flags = {}, settings } = command;
  const own = Object.entries(flags).map(([flag, text]) => [`--${flag}`, text] as const);
  const all: Readonly<Record<string, Setting<unknown>>> = SETTINGS;
  const rows = Object.entries(all)
    .filter(([setting]) => settings === 'all' || settings.some((each) => each === setting))
    .map(([setting, definition]) => [`--${flagOf(setting)}`, describe(definition)] as const);
  return [
    `parley ${callOf(name, command)}${own.map(([flag]) => ` ${flag}`).join('')} [--setting value ...]`,
    '',
    about,
    ...notes,
    '',
    ...toColumns([...own, ...rows]),
    '',
    ...SETTINGS_NOTE,
  ].join('\n');
}

/** How a setting is called as a flag: `--data-dir X` is `DATA_DIR=X`. */
export function flagOf(setting: string): string {
  return setting.toLowerCase().replaceAll('_', '-');
}

function callOf(name: string, { takesFile }: Command): string {
  return takesFile ? `${name} FILE` : name;
}

function describe({ about, fallback, fallbackNote }: Setting<unknown>): string {
  const byDefault = fallback ?? fallbackNote ?? '';
  return byDefault === '' ? about : `${about} (${byDefault})`;
}

function toColumns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
