/** What an npm script was given: read by one table, which `--help` shows; what does not fit is refused in one line. */
import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util';
import { argumentErrorOf } from '../packages/server/src/cli/argument-error.ts';

interface OptionRow extends ParseArgsOptionDescriptor {
  readonly about: string;
  /** What it is given, as the help calls it; none for a switch. */
  readonly value?: string;
}

export interface Script<O extends Readonly<Record<string, OptionRow>>> {
  /** As in `npm run NAME`. */
  readonly name: string;
  /** What it does, in a sentence or two. */
  readonly about: string;
  readonly options?: O;
  /** What it takes beside options, as the help calls it, such as `PATH ...`; nothing without. */
  readonly positionals?: string;
}

type Given<O extends Readonly<Record<string, OptionRow>>> = ReturnType<
  typeof parseArgs<{ options: O; allowPositionals: true }>
>;

/** For scripts whose randomness comes from a seed. */
export const SEED_OPTION = {
  type: 'string',
  value: 'S',
  about: 'Of what is random; else one of its own, told.',
} as const;

/** For scripts that run a server over one of the stores. */
export const STORE_OPTION = {
  type: 'string',
  value: 'sqlite|postgres',
  default: 'sqlite',
  about: 'What is stored in.',
} as const;

/** Ends the process where help is asked for, or an argument does not fit. */
export function readArguments<const O extends Readonly<Record<string, OptionRow>>>(
  script: Script<O>,
  args: readonly string[] = process.argv.slice(2),
): Given<O> {
  const { name, positionals } = script;
  if (args.includes('--help')) {
    console.log(helpOf(script));
    process.exit(0);
  }
  try {
    // Without a table there are no options: every field of the result is as O says.
    const options = script.options ?? ({} as O);
    return parseArgs({ args: [...args], options, allowPositionals: positionals !== undefined });
  } catch (error) {
    const fault = argumentErrorOf(error);
    if (fault === undefined) throw error;
    console.error(`${name}: ${fault}. Try 'npm run ${name} -- --help'.`);
    process.exit(1);
  }
}

export function helpOf({
  name,
  about,
  options = {},
  positionals = '',
}: Script<Readonly<Record<string, OptionRow>>>): string {
  const rows = Object.entries(options).map(
    ([option, { value, about: text, default: fallback }]) => {
      const byDefault = typeof fallback === 'string' ? ` (${fallback})` : '';
      return [`--${option}${value === undefined ? '' : ` ${value}`}`, text + byDefault] as const;
    },
  );
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  const call = [
    ...(rows.length === 0 ? [] : ['[OPTION ...]']),
    ...(positionals === '' ? [] : [positionals]),
  ];
  return [
    `npm run ${name}${call.length === 0 ? '' : ` -- ${call.join(' ')}`}`,
    '',
    about,
    ...(rows.length === 0 ? [] : ['', ...rows.map(([l, r]) => `  ${l.padEnd(width)}  ${r}`)]),
  ].join('\n');
}
