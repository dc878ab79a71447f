/** Checks of single option values. An error names the option, the value and what is allowed. */
import { argumentError } from '../../protocol/errors.ts';

/** Range of a whole-number option, both ends included. */
export type IntegerRange = readonly [min: number, max: number];

/** @throws {WebSocketError} `INVALID_ARGUMENT`. */
export function rejectOption(name: string, found: unknown, allowed: string): never {
  const text = typeof found === 'string' ? `'${found}'` : String(found);
  throw argumentError(`option ${name} is ${text}; allowed: ${allowed}`);
}

/** @throws {WebSocketError} `INVALID_ARGUMENT`. */
export function rejectUnknownOption(name: string): never {
  throw argumentError(`option ${name} does not exist`);
}

export function checkInteger(name: string, value: unknown, [min, max]: IntegerRange): void {
  if (isInteger(value, [min, max])) return;
  rejectOption(name, value, `a whole number from ${min} to ${max}`);
}

export function isInteger(value: unknown, [min, max]: IntegerRange): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}

export function isTextList(list: unknown): list is string[] {
  return Array.isArray(list) && list.every((each) => typeof each === 'string');
}
