/**
 * Collects one answer of a language model from its first piece to its end, bounded in time and
 * length whatever the model does.
 */

import { isBlank } from '@parley/protocol';
import type { Clock } from '../../ports/clock.ts';
import {
  type AnswerRequest,
  type LanguageModel,
  ModelFailure,
} from '../../ports/language-model.ts';

interface CompletionLimits {
  /** From the question to the first piece. */
  readonly firstPieceMs: number;
  /** From the question to the end. */
  readonly wholeMs: number;
  /** UTF-16 code units; collecting stops at the piece that exceeds it. */
  readonly lengthMax: number;
}

/** `text` is what arrived, even if the answer is incomplete. */
export type CompletionOutcome =
  | { readonly kind: 'whole' | 'too-long'; readonly text: string }
  | { readonly kind: 'failed'; readonly text: string; readonly error: unknown }
  /** Cancelled because the server stops. */
  | { readonly kind: 'stopped' };

/** Calls `onText` with the whole text so far each time it grows. Never throws. */
export async function collectCompletion(
  model: LanguageModel,
  request: AnswerRequest,
  about: {
    readonly clock: Clock;
    readonly limits: CompletionLimits;
    readonly stop: AbortSignal;
    readonly onText: (text: string) => void;
  },
): Promise<CompletionOutcome> {
  const { clock, limits, stop, onText } = about;
  const giveUp = new AbortController();
  const failAfter = (delayMs: number, what: string) =>
    clock.schedule(delayMs, () =>
      giveUp.abort(new ModelFailure(`gave no ${what} in ${delayMs} ms`)),
    );
  const firstPiece = failAfter(limits.firstPieceMs, 'first piece');
  const whole = failAfter(limits.wholeMs, 'whole answer');
  const signal = AbortSignal.any([stop, giveUp.signal]);
  let text = '';
  try {
    for await (const piece of untilAborted(model.answer(request, signal), signal)) {
      if (piece !== '') firstPiece.cancel();
      text += piece;
      if (text.length > limits.lengthMax) return { kind: 'too-long', text };
      onText(text);
    }
    if (isBlank(text)) throw new ModelFailure('gave an empty answer');
    return { kind: 'whole', text };
  } catch (error) {
    return stop.aborted ? { kind: 'stopped' } : { kind: 'failed', text, error };
  } finally {
    firstPiece.cancel();
    whole.cancel();
    giveUp.abort(); // Tells the model to stop sending.
  }
}

/** Yields the pieces until the signal aborts, even if the source ignores the signal. */
async function* untilAborted(
  pieces: AsyncIterable<string>,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => {
    // Usually it rejects while no code waits for it.
  });
  const onAbort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  const iterator = pieces[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted.promise]);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not awaited: a source that hangs would hang here too.
    iterator.return?.().catch(() => {});
  }
}
