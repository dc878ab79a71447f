/**
 * Checks of option values, here and in the tables: each throws a `WebSocketError` with the code
 * `INVALID_ARGUMENT` that names the option, the value and what is allowed.
 */
import { argumentError } from '../../protocol/errors.ts';

/** Range of a whole-number option, both ends included. */
export type IntegerRange = readonly [min: number, max: number];

export function rejectOption(name: string, found: unknown, allowed: string): never {
  const text = typeof found === 'string' ? `'${found}'` : String(found);
  throw argumentError(`option ${name} is ${text}; allowed: ${allowed}`);
}

export function rejectUnknownOption(name: string): never {
  throw argumentError(`option ${name} does not exist`);
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
