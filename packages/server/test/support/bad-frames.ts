/** Frames that every dialect with flat frames rejects, and their assertion. */
import type { FlatFrame } from './flat-client.ts';

export type Rejection = readonly [
  title: string,
  frame: string | object | (() => object),
  /** The code, and the field if there is one. */
  wanted: string,
];

export const BAD_FRAMES: readonly Rejection[] = [
  ['what is no JSON', 'hello', 'INVALID_JSON'],
  ['half a frame', '{', 'INVALID_JSON'],
  ['an empty frame', '', 'INVALID_JSON'],
  ['null', 'null', 'VALIDATION_ERROR'],
  ['an array', '[]', 'VALIDATION_ERROR'],
  ['a type that is no text', { type: 7 }, 'VALIDATION_ERROR type'],
  ['no type', { content: 'x' }, 'VALIDATION_ERROR type'],
  ['an unknown type', { type: 'dance' }, 'UNKNOWN_TYPE'],
  ['a type of every object', '{"type":"__proto__"}', 'UNKNOWN_TYPE'],
  ['the greeting', { type: 'connected', userId: 'x' }, 'UNKNOWN_TYPE'],
];

export function textOf(given: Rejection[1]): string {
  const frame = typeof given === 'function' ? given() : given;
  return typeof frame === 'string' ? frame : JSON.stringify(frame);
}

export function rejectionOf({ code, field = '' }: FlatFrame): string {
  return `${code} ${field}`.trim();
}
