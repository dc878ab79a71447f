/** Bytes, texts and numbers for a terminal. */
import { Buffer } from 'node:buffer';

/** `81 85`. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/..(?=.)/g, '$& ');
}

/** `1 frame`, `2 frames`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** Characters that JSON does not escape and terminals act on: control codes, directions of text. */
const UNSAFE = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A text of captured bytes in quotes: cut off, and without effect on a terminal. */
export function quote(text: string, lengthMax: number): string {
  const shown = JSON.stringify(text.slice(0, lengthMax)).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return text.length > lengthMax ? `${shown} …` : shown;
}
