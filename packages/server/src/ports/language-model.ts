/** A language model behind an endpoint that may be slow, wrong or unavailable. */

/** A line of a conversation, by a user or by the assistant. */
export type SaidLine =
  | { readonly by: 'person'; readonly name: string; readonly text: string }
  | { readonly by: 'assistant'; readonly text: string };

export interface AnswerRequest {
  /** Written by Parley only: never contains text of users. */
  readonly instructions: string;
  /** Oldest first; the last line is to be answered. */
  readonly lines: readonly SaidLine[];
}

export interface LanguageModel {
  /**
   * Yields the answer in parts as they arrive. After `signal` is aborted, running requests are
   * cancelled and no more are made.
   *
   * @throws ModelFailure while it is read.
   */
  answer(request: AnswerRequest, signal: AbortSignal): AsyncIterable<string>;
}

/**
 * The model gave no complete answer. The message is a line for the operator and contains nothing of
 * the answer.
 */
export class ModelFailure extends Error {
  override readonly name = 'ModelFailure';
}
