/**
 * The common passwords of a package, most common first. They are loaded with the first new password: the
 * start of the server does not wait for them.
 */
import { LIMITS } from '@parley/protocol';
import type { CommonPasswords } from '../ports/common-passwords.ts';

/**
 * The limits of login attempts allow about a hundred guesses a day for one account. Ranks beyond this
 * one add nothing but rejections of passwords that few people use.
 */
const RANKS_MAX = 20_000;

let loading: Promise<ReadonlySet<string>> | undefined;

export const commonPasswords: CommonPasswords = Object.freeze({
  async has(password: string) {
    loading ??= load();
    return (await loading).has(password);
  },
});

async function load(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  const ranked = dictionary['passwords-common'].slice(0, RANKS_MAX);
  // Shorter ones are rejected for their length.
  return new Set(ranked.filter((each) => each.length >= LIMITS.passwordLengthMin));
}
