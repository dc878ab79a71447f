/**
 * Tables of options: a row gives an option its default and its check, and its doc comment the text
 * of the reference. Types, defaults and checks are derived from the tables. Each check throws a
 * `WebSocketError` with the code `INVALID_ARGUMENT` that names the option, the value and what is
 * allowed.
 */
import { inspect } from 'node:util';
import { argumentError } from '../../protocol/errors.ts';

export interface Option<Value> {
  readonly initial: Value;
  /** Checks a value other than `undefined`, which stands for the default. */
  check(name: string, value: unknown): void;
}

/** Range of a whole-number option, both ends included. */
type IntegerRange = readonly [min: number, max: number];

export interface IntegerOption extends Option<number> {
  readonly range: IntegerRange;
}

type OptionTable = Readonly<Record<string, Option<unknown>>>;

/** The options of a table with their values. */
export type OptionValues<Table> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer Value> ? Value : never;
};

export function integer(initial: number, range: IntegerRange): IntegerOption {
  return { initial, range, check: (name, value) => checkInteger(name, value, range) };
}

export function choice<Value extends string | number>(
  initial: Value,
  values: readonly Value[],
): Option<Value> {
  return option(initial, values.join(', '), (value) => values.some((each) => each === value));
}

export function flag(initial: boolean): Option<boolean> {
  return option(initial, 'true or false', (value) => typeof value === 'boolean');
}

export function option<Value>(
  initial: Value,
  allowed: string,
  isAllowed: (value: unknown) => boolean,
): Option<Value> {
  return {
    initial,
    check: (name, value) => {
      if (!isAllowed(value)) rejectOption(name, value, allowed);
    },
  };
}

/** An option that may be absent, and is by default. */
export function optional<Value>(
  allowed: string,
  isAllowed: (value: unknown) => boolean,
): Option<Value | undefined> {
  return option<Value | undefined>(undefined, allowed, isAllowed);
}

export function optionalFunction<Value>(): Option<Value | undefined> {
  return optional<Value>('a function', (value) => typeof value === 'function');
}

export function defaultsOf<Table extends OptionTable>(table: Table): OptionValues<Table> {
  return Object.freeze(completeOptions(table, {}));
}

/** Checks that the option exists, and its value unless that is `undefined`. */
export function checkOption(table: OptionTable, name: string, value: unknown, path = ''): void {
  if (!Object.hasOwn(table, name)) throw argumentError(`option ${path}${name} does not exist`);
  if (value !== undefined) table[name]?.check(`${path}${name}`, value);
}

/**
 * The given values, and the defaults for those that are `undefined` or missing; 0 is a value.
 *
 * @param path Precedes the names in errors.
 */
export function completeOptions<Table extends OptionTable>(
  table: Table,
  given: object,
  path = '',
): OptionValues<Table> {
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(table)) values[name] = table[name]?.initial;
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    checkOption(table, name, value, path);
    // A list that the application changes later would not be checked.
    values[name] = Array.isArray(value) ? [...value] : value;
  }
  // The names and values are those of the table.
  return values as OptionValues<Table>;
}

export function rejectOption(name: string, found: unknown, allowed: string): never {
  throw argumentError(`option ${name} is ${inspect(found)}; allowed: ${allowed}`);
}

export function checkInteger(name: string, value: unknown, [min, max]: IntegerRange): void {
  if (Number.isInteger(value) && Number(value) >= min && Number(value) <= max) return;
  rejectOption(name, value, `a whole number from ${min} to ${max}`);
}

/** Checks how long a connection may stay authenticated; `undefined` is unlimited. */
export function checkExpiry(afterMs: number | undefined): number | undefined {
  // The maximum of the platform's timers; 24 days.
  if (afterMs !== undefined) checkInteger('expiresInMs', afterMs, [1, 2 ** 31 - 1]);
  return afterMs;
}

export function isTextList(list: unknown): list is string[] {
  return Array.isArray(list) && list.every((each) => typeof each === 'string');
}
