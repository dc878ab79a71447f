/** Checks of single option values. An error names the option, the value and what is allowed. */
import { WebSocketError } from '../../protocol/errors.ts';
import { isToken } from '../../protocol/header-grammar.ts';

/** Range of a whole-number option, both ends included. */
export type IntegerRange = readonly [min: number, max: number];

/** @throws {WebSocketError} `INVALID_ARGUMENT`. */
export function rejectOption(name: string, found: unknown, allowed: string): never {
  const text = typeof found === 'string' ? `'${found}'` : String(found);
  throw new WebSocketError(`option ${name} is ${text}; allowed: ${allowed}`, 'INVALID_ARGUMENT');
}

/** @throws {WebSocketError} `INVALID_ARGUMENT`. */
export function rejectUnknownOption(name: string): never {
  throw new WebSocketError(`option ${name} does not exist`, 'INVALID_ARGUMENT');
}

/** Returns the given options except those that are `undefined`, and rejects unknown names. */
export function pickGiven(given: object, known: ReadonlySet<string>): [string, unknown][] {
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name] of set) {
    if (!known.has(name)) rejectUnknownOption(name);
  }
  return set;
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

/** Checks that subprotocols are valid in a header. */
export function checkProtocols(list: unknown): void {
  const isSound = isTextList(list) && list.every(isToken) && new Set(list).size === list.length;
  if (!isSound) rejectOption('protocols', list, 'a list of tokens, each once');
}

/** Whether the text has the form that `requestPath` returns for a request. */
export function isPath(text: string): boolean {
  return /^\/[^?#\s]*$/.test(text);
}

/**
 * Whether the text is an origin as browsers write it: lower case, no default port, nothing after
 * the host.
 */
export function isOrigin(text: string): boolean {
  if (/^https?:/i.test(text)) return URL.canParse(text) && new URL(text).origin === text;
  // The rules of other schemes, such as those of browser extensions, are not known here.
  return text === 'null' || /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*$/.test(text);
}
