/** Rules of new passwords: a length, and nothing that a guess begins with (NIST SP 800-63B). */

import { ChatError, LIMITS } from '@parley/protocol';
import type { CommonPasswords } from '../../ports/common-passwords.ts';

/** Words of every installation. A password made of one of them is the second guess after the name. */
const CONTEXT_WORDS: ReadonlySet<string> = new Set([
  'admin',
  'administrator',
  'assistant',
  'chat',
  'chatroom',
  'moderator',
  'parley',
  'passwd',
  'password',
  'root',
  'server',
  'support',
  'system',
  'user',
  'username',
]);
/** Number of different characters below which a password is one key or two, repeated. */
const CHARACTERS_MIN = 3;
/** Longer repetitions are too many to try them all. */
const REPETITION_LENGTH_MAX = 16;

export class PasswordRules {
  readonly #common: CommonPasswords;

  constructor(common: CommonPasswords) {
    this.#common = common;
  }

  /** @throws {ChatError} VALIDATION_ERROR. */
  async check(
    password: string,
    { username, field = 'password' }: { readonly username: string; readonly field?: string },
  ): Promise<void> {
    const { passwordLengthMin: min, passwordLengthMax: max } = LIMITS;
    const reject = (message: string): never => {
      throw new ChatError('VALIDATION_ERROR', { field, message });
    };
    const length = password.length > max * 2 ? Number.POSITIVE_INFINITY : [...password].length;
    if (length < min || length > max) reject(`A password has ${min} to ${max} characters`);
    const key = normalisePassword(password).toLowerCase();
    const word = wordOf(key);
    const name = username.toLowerCase();
    if (key === name || [...key].reverse().join('') === name || word === wordOf(name)) {
      reject('The password is too close to the username: choose another one');
    }
    const isRepetition = length <= REPETITION_LENGTH_MAX && new Set(key).size < CHARACTERS_MIN;
    if (isRepetition || CONTEXT_WORDS.has(word) || (await this.#common.has(key))) {
      reject('This password is too common, so it is guessed first: choose another one');
    }
  }
}

/** The same password, whichever way a keyboard composes its characters. */
export function normalisePassword(password: string): string {
  return password.normalize('NFC');
}

/** The text without the digits and signs around it, which people add to a word; the text itself if nothing is left. */
function wordOf(text: string): string {
  const word = text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  return word === '' ? text : word;
}
