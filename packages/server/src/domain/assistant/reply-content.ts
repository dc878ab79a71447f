/** Converts the outcome of a completion to the content of the assistant's message. Pure. */

import { isBlank, withoutLongRuns } from '@parley/protocol';
import type { CompletionOutcome } from './collect-completion.ts';

/** The outcome of an answer that was not cancelled. */
type FinishedOutcome = Exclude<CompletionOutcome, { readonly kind: 'stopped' }>;

export const APOLOGIES = Object.freeze({
  nothing: 'Sorry, I cannot answer at the moment. Please ask again later.',
  unfinished: 'Sorry, I could not finish this answer.',
  tooLong: 'Sorry, this answer is too long; it ends here.',
  tooMany: 'Sorry, these are too many questions at once. Please ask again in a minute.',
});

/** Converts any outcome to one message: the answer as far as it goes, and why it is incomplete. */
export function toReplyContent(outcome: FinishedOutcome, lengthMax: number): string {
  // Normalization may shorten the text; the rest is cut below.
  const text = toStorable(outcome.text.slice(0, lengthMax * 2));
  const apology = apologyFor(outcome.kind, text);
  if (apology === undefined) return cut(text, lengthMax);
  const before = cut(text, Math.max(0, lengthMax - apology.length - 2));
  return `${before}\n\n${apology}`.trim();
}

function apologyFor(kind: FinishedOutcome['kind'], text: string): string | undefined {
  switch (kind) {
    case 'whole':
      return undefined;
    case 'too-long':
      return APOLOGIES.tooLong;
    case 'failed':
      return text === '' ? APOLOGIES.nothing : APOLOGIES.unfinished;
    default:
      return kind satisfies never;
  }
}

/**
 * Makes a text storable in every store: removes invalid characters; invisible text becomes empty.
 */
function toStorable(text: string): string {
  const storable = withoutLongRuns(text.replaceAll('\0', '').toWellFormed())
    .normalize('NFC')
    .trim();
  return isBlank(storable) ? '' : storable;
}

function cut(text: string, lengthMax: number): string {
  return text.slice(0, lengthMax).toWellFormed().trim();
}
