/** Texts of the connection banner. */
import type { OutageCause } from '@parley/client';
import { count } from './strings.ts';

const CAUSES: Readonly<Record<OutageCause, string>> = Object.freeze({
  starting: 'Connecting.',
  offline: 'You are offline.',
  lost: 'The connection was lost.',
  silent: 'The server is not responding.',
  restarting: 'The server closed the connection.',
  unreachable: 'The server cannot be reached.',
  refused: 'The server does not accept connections right now.',
  token: 'Your login cannot be renewed.',
  origin: 'The server does not accept this page.',
});

export const connectionStrings = Object.freeze({
  cause: (cause: OutageCause) => CAUSES[cause],
  trying: 'Connecting …',
  nextTry: (seconds: number) => `Next attempt in ${seconds} s.`,
  tryNow: 'Try now',
  waiting: (n: number) => `${count(n, 'message')} waiting.`,
  caughtUp: 'You are back online.',
  caughtUpWith: (n: number, isAtLeast: boolean) => `Caught up, ${n}${isAtLeast ? '+' : ''} new.`,
  incompatible: 'Parley was updated. Reload the page.',
});
