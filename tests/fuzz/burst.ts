/** Inputs and answers of one burst of the fuzzer. */

import type { Account } from '../../packages/server/test/support/account.ts';
import type { SeededRandom } from '../../packages/websocket/test/fuzz/seeded-random.ts';
import type { KnownIds } from './fuzz-fixture.ts';

export interface BurstContext {
  readonly url: string;
  readonly account: Account;
  readonly known: KnownIds;
  readonly random: SeededRandom;
  readonly transcript: Transcript;
}

/** Resolves when the server has answered everything, has closed, or the time is up. */
export type Burst = (context: BurstContext) => Promise<void>;

/** Time for the server to handle one whole burst. */
export const BURST_MS_MAX = 5_000;

/** Answers that no input may cause. */
const FAULTS: readonly { readonly pattern: RegExp; readonly text: string }[] = [
  { pattern: /"code":"INTERNAL_ERROR"/, text: 'answered INTERNAL_ERROR' },
  { pattern: /(?:^|\r\n\r\n.*?)HTTP\/1\.1 500/s, text: 'answered 500' },
  { pattern: /"statusCode":\d+/, text: 'answered in the words of the HTTP library' },
];
const SHOWN_CHARACTERS_MAX = 600;
const SHOWN_INPUTS_MAX = 60;

export class Transcript {
  readonly #sent: string[] = [];
  readonly #faults = new Set<string>();
  #received = 0;

  /** Number of answers. */
  get received(): number {
    return this.#received;
  }

  get sent(): number {
    return this.#sent.length;
  }

  get faults(): readonly string[] {
    return [...this.#faults];
  }

  noteSent(input: string | Buffer): void {
    this.#sent.push(typeof input === 'string' ? input : `hex ${input.toString('hex')}`);
  }

  noteReceived(answer: string): void {
    this.#received += 1;
    for (const { pattern, text } of FAULTS) {
      if (pattern.test(answer)) this.#faults.add(`${text}: ${shorten(answer)}`);
    }
  }

  /** The inputs, one per line, in a form that can be pasted into a test. */
  show(): string {
    return this.#sent.slice(0, SHOWN_INPUTS_MAX).map(shorten).join('\n');
  }
}

function shorten(text: string): string {
  const shown = JSON.stringify(text);
  if (shown.length <= SHOWN_CHARACTERS_MAX) return shown;
  return `${shown.slice(0, SHOWN_CHARACTERS_MAX)}… (${text.length} characters)`;
}
