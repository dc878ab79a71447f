/** Help texts: the overview of all commands, and the help of each command. */
import type { Setting } from '../config/setting-types.ts';
import { SETTING_SECTIONS, SETTINGS } from '../config/settings.ts';
import type { Command } from './commands.ts';

const SETTINGS_NOTE = [
  'You can give each setting as a flag (--port 9000), in the environment (PORT=9000) or in a',
  "'.env' file. 'parley config' lists all settings.",
];

export function usage(commands: Readonly<Record<string, Command>>): string {
  const rows = Object.entries(commands).map(
    ([name, command]) => [synopsisOf(name, command), command.about] as const,
  );
  return [
    'parley COMMAND [FILE | NAME | NAME ROLE | ID | ROOM | ROOM NAME] [--setting value ...]',
    '',
    ...toColumns(rows),
    '',
    "'parley COMMAND --help' describes a command, 'parley --version' shows the version.",
    ...SETTINGS_NOTE,
  ].join('\n');
}

export function usageOf(name: string, command: Command): string {
  const { about, notes = [], flags = {}, settings } = command;
  const own = Object.entries(flags).map(([flag, text]) => [`--${flag}`, text] as const);
  const all: Readonly<Record<string, Setting<unknown>>> = SETTINGS;
  const titles: Readonly<Record<string, string>> = SETTING_SECTIONS;
  const rows = Object.entries(all)
    .filter(([setting]) => settings === 'all' || settings.some((each) => each === setting))
    .flatMap(([setting, definition]) => {
      const row = [`--${flagOf(setting)}`, describe(definition)] as const;
      const title = settings === 'all' ? titles[setting] : undefined;
      return title === undefined ? [row] : [['', ''] as const, [`${title}:`, ''] as const, row];
    });
  return [
    `parley ${synopsisOf(name, command)}${own.map(([flag]) => (command.needsFlag === true ? ` ${flag}` : ` [${flag}]`)).join('')} [--setting value ...]`,
    '',
    about,
    ...notes,
    '',
    ...toColumns([...own, ...rows]),
    '',
    ...SETTINGS_NOTE,
  ].join('\n');
}

/** Name of the flag of a setting: `--data-dir X` is `DATA_DIR=X`. */
export function flagOf(setting: string): string {
  return setting.toLowerCase().replaceAll('_', '-');
}

function synopsisOf(name: string, command: Command): string {
  return [name, ...(command.arguments ?? [])].join(' ');
}

function describe({ about, fallback, fallbackNote }: Setting<unknown>): string {
  const byDefault = fallback ?? fallbackNote ?? '';
  return byDefault === '' ? about : `${about} (${byDefault})`;
}

function toColumns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd());
}
