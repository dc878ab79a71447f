/** Values that are legal JSON and that a program may handle wrongly. */
import type { SeededRandom } from '../../packages/websocket/test/fuzz/seeded-random.ts';

/** Names that every object has, or that have a special meaning in programs. */
export const ODD_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'toJSON',
  'then',
  'length',
  'type',
  '_placeholder',
  '',
  '0',
  ' ',
  '$ref',
] as const;

const ODD_TEXTS = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\udc00\ud800',
  '\u200b',
  '\u2028\u2029\u0085',
  '\u202e\u2066',
  '\ufeff',
  '\uffff',
  'e\u0301\u0327'.repeat(20),
  '\u0301',
  '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  '\u{e0001}',
  'ﷺ',
  'ẞİıſK',
  '<svg/onload=alert(1)>',
  '&lt;&#x3c;&',
  '../../etc/passwd',
  '%00%2e%2e%2f',
  "' OR 1=1 --",
  '{{7*7}}',
  'javascript:alert(1)',
  '@everyone @ai @__proto__',
  'null',
  'true',
  '[object Object]',
  '00000000-0000-0000-0000-000000000000',
  '0191f000-0000-7000-8000-000000000000',
  ...ODD_NAMES,
] as const;

export const ODD_NUMBERS = [
  0,
  -0,
  -1,
  0.5,
  1e-7,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 32,
  2 ** 53,
  2 ** 53 + 2,
  -(2 ** 53),
  2 ** 63,
  1e21,
  1e308,
  5e-324,
] as const;

/** Long enough to exceed a limit of texts, short enough to keep a burst fast. */
const LONG_TEXTS = [65, 129, 201, 1001, 10_001, 70_000] as const;
const UNITS = ['x', 'é', '😀', 'e\u0301', '<b>', '&amp;', '\u0000', '"', '\\', '\ud83d'] as const;

export function oddText(random: SeededRandom): string {
  if (!random.isOneIn(4)) return random.pick(ODD_TEXTS);
  const length = random.pick(LONG_TEXTS);
  const unit = random.pick(UNITS);
  return unit.repeat(Math.ceil(length / unit.length));
}

export function oddValue(random: SeededRandom, depth = 0): unknown {
  switch (random.below(depth > 2 ? 5 : 8)) {
    case 0:
      return null;
    case 1:
      return random.isOneIn(2);
    case 2:
      return random.pick(ODD_NUMBERS);
    case 3:
    case 4:
      return oddText(random);
    case 5:
      return oddList(random, depth);
    case 6:
      return oddObject(random, depth);
    default:
      return deep(random.pick([3, 70, 2000]), random.isOneIn(2));
  }
}

function oddList(random: SeededRandom, depth: number): unknown[] {
  if (random.isOneIn(6)) return Array.from({ length: 1500 }, () => random.pick([null, {}, '', 0]));
  return Array.from({ length: random.below(4) }, () => oddValue(random, depth + 1));
}

function oddObject(random: SeededRandom, depth: number): object {
  const made: Record<string, unknown> = {};
  const count = random.isOneIn(6) ? 400 : random.below(4);
  for (let index = 0; index < count; index += 1) {
    const name = count > 10 ? `f${index}` : random.pick(ODD_NAMES);
    define(made, name, count > 10 ? index : oddValue(random, depth + 1));
  }
  return made;
}

/** Defines an own property, whatever its name. */
export function define(target: object, name: string, value: unknown): void {
  if (Array.isArray(target) && name === 'length') return; // Any other value throws.
  Object.defineProperty(target, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function deep(levels: number, asList: boolean): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = asList ? [value] : { a: value };
  return value;
}
