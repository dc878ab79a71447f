/** Attempts of an attack, each of which has an expected result. */
import { isDeepStrictEqual } from 'node:util';
import { Account } from '../../packages/server/test/support/account.ts';
import type { Target } from './target.ts';

interface Attempt {
  readonly what: string;
  readonly expected: unknown;
  readonly act: () => Promise<unknown>;
}

/** Runs the attempts in order, and reports each that had another result. */
export async function tryAll(target: Target, attempts: readonly Attempt[]): Promise<void> {
  for (const { what, expected, act } of attempts) {
    const found = await act();
    const isRepelled = isDeepStrictEqual(found, expected);
    target.expect(isRepelled, `${what}: ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`);
  }
}

export const logIn = (
  target: Target,
  { username }: { readonly username: string },
): Promise<Account> => Account.logIn(target.url, username);

export const statusOf = async (answer: Promise<Response>): Promise<number> => (await answer).status;
