/** Parses the arguments of an npm script by one table, which `--help` prints. */
import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util';
import { argumentErrorOf } from '../packages/server/src/cli/argument-error.ts';

interface OptionRow extends ParseArgsOptionDescriptor {
  readonly about: string;
  /** The placeholder of its value in the help; absent for a switch. */
  readonly value?: string;
}

interface Script<O extends Readonly<Record<string, OptionRow>>> {
  /** As in `npm run NAME`. */
  readonly name: string;
  /** Description of the script, in a sentence or two. */
  readonly about: string;
  readonly options?: O;
  /** The placeholder of positional arguments in the help, such as `PATH ...`; absent if none. */
  readonly positionals?: string;
}

type Given<O extends Readonly<Record<string, OptionRow>>> = ReturnType<
  typeof parseArgs<{ options: O; allowPositionals: true }>
>;

/** For scripts whose randomness comes from a seed. */
export const SEED_OPTION = {
  type: 'string',
  value: 'S',
  about: 'Random seed; chosen and printed if absent.',
} as const;

/** For scripts that run a server on one of the stores. */
export const STORE_OPTION = {
  type: 'string',
  value: 'sqlite|postgres',
  default: 'sqlite',
  about: 'Store of the server.',
} as const;

/** Ends the process if help is requested, or an argument is invalid. */
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
    // Without a table there are no options, so every field of the result matches O.
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
