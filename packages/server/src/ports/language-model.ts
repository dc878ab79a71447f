/** What thinks of an answer: a language model somewhere, which may be slow, wrong, or not there. */

/** What was said in a room: by a person, or by the assistant itself. */
export type SaidLine =
  | { readonly by: 'person'; readonly name: string; readonly text: string }
  | { readonly by: 'assistant'; readonly text: string };

export interface AnswerRequest {
  /** Ours alone: nothing that a person wrote is ever part of it. */
  readonly instructions: string;
  /** Oldest first; the last one is to be answered. */
  readonly lines: readonly SaidLine[];
}

export interface LanguageModel {
  /**
   * The answer in pieces, as they come. Once `signal` is aborted nothing more is
   * asked for, and what is under way is given up.
   *
   * @throws ModelFailure while it is read.
   */
  answer(request: AnswerRequest, signal: AbortSignal): AsyncIterable<string>;
}

/** It gave no whole answer. The message is a line for the operator, and holds nothing of the answer. */
export class ModelFailure extends Error {
  override readonly name = 'ModelFailure';
}
