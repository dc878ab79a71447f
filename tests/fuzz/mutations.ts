/** Puts one or two errors into a value, or into its text. */
import type { SeededRandom } from '../../packages/websocket/test/fuzz/seeded-random.ts';
import { define, ODD_NAMES, ODD_NUMBERS, oddText, oddValue } from './odd-values.ts';

/** A slot in a value: an object or list, and the name or index in it. */
interface ValueSlot {
  readonly holder: object;
  readonly name: string;
}

const VALUE_MUTATIONS: readonly ((slot: ValueSlot, random: SeededRandom) => void)[] = [
  ({ holder, name }, random) => define(holder, name, oddValue(random)),
  ({ holder, name }, random) => define(holder, name, oddText(random)),
  ({ holder, name }, random) => define(holder, name, random.pick(ODD_NUMBERS)),
  ({ holder, name }) => {
    Reflect.deleteProperty(holder, name);
  },
  ({ holder }, random) => define(holder, random.pick(ODD_NAMES), oddValue(random)),
  ({ holder, name }) => define(holder, name, [Reflect.get(holder, name)]),
  ({ holder, name }) => define(holder, name, { [name]: Reflect.get(holder, name) }),
];

/** Mutates a value made of objects and lists in place, and returns it; replaces any other value. */
export function mutateValue(value: unknown, random: SeededRandom): unknown {
  const slots = slotsOf(value);
  const [first, ...others] = slots;
  if (first === undefined || random.isOneIn(12)) return oddValue(random);
  const [mutation, ...rest] = VALUE_MUTATIONS;
  if (mutation === undefined) return value;
  random.pick([mutation, ...rest])(random.pick([first, ...others]), random);
  return value;
}

function slotsOf(value: unknown): ValueSlot[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((name) => [
    { holder: value, name },
    ...slotsOf(Reflect.get(value, name)),
  ]);
}

const TOKENS = [
  '1e999',
  '-1e999',
  '-0',
  '1E400',
  '0x10',
  '01',
  'NaN',
  'undefined',
  '"\\ud800"',
  '"\\u0000"',
  '{}',
  '[]',
  'null',
  '"__proto__"',
] as const;
const TRAILERS = ['}', ']', ' ', '\u0000', ',', '{}', 'x', '\ufeff', '\n\n'] as const;
const DEEP = 5000;

const TEXT_MUTATIONS: readonly ((text: string, random: SeededRandom) => string)[] = [
  (text, random) => text.slice(0, random.below(text.length + 1)),
  (text, random) => {
    const at = random.below(text.length + 1);
    return text.slice(0, at) + random.pick(TRAILERS) + text.slice(at);
  },
  (text, random) => {
    const at = random.below(text.length + 1);
    return text.slice(0, at) + text.slice(at + 1 + random.below(3));
  },
  // A repeated field: most programs use the last one.
  (text, random) =>
    text.replace(/\{("[^"]*":)/, (_, key) => `{${key}${random.pick(TOKENS)},${key}`),
  (text, random) => text.replace(/"[^"]*":/, () => `"${random.pick(ODD_NAMES)}":`),
  (text, random) =>
    replaceOne(text, /"(?:[^"\\]|\\.)*"|-?\d+|true|false|null/g, random.pick(TOKENS), random),
  (text, random) => random.pick(TRAILERS) + text,
  (text, random) => text + random.pick(TRAILERS),
  (text) => text + text,
  (text) => text.replace(/\d+|"[^"]*"/, '['.repeat(DEEP)),
  (text) => text.replace(/:("[^"]*"|\d+)/, `:${'['.repeat(DEEP)}${']'.repeat(DEEP)}`),
  (_, random) => random.bytes(1 + random.below(60)).toString('latin1'),
];

export function mutateText(text: string, random: SeededRandom): string {
  const [mutation, ...rest] = TEXT_MUTATIONS;
  return mutation === undefined ? text : random.pick([mutation, ...rest])(text, random);
}

function replaceOne(text: string, pattern: RegExp, token: string, random: SeededRandom): string {
  const matches = [...text.matchAll(pattern)];
  const match = matches[random.below(Math.max(matches.length, 1))];
  if (match === undefined) return text;
  return text.slice(0, match.index) + token + text.slice(match.index + match[0].length);
}

/** Encodes as JSON: valid in one case of five, else with an error in value, text, or both. */
export function writeMutated(value: unknown, random: SeededRandom): string {
  const kind = random.below(5);
  const changed = kind === 1 || kind === 2 || kind === 4 ? mutateValue(value, random) : value;
  const text = JSON.stringify(changed) ?? 'null';
  return kind >= 3 ? mutateText(text, random) : text;
}
