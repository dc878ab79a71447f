/** A language model that answers in parts when a test says so. */
import type { AnswerRequest, LanguageModel } from '../../src/ports/language-model.ts';

class FakeAnswer {
  readonly request: AnswerRequest;
  readonly signal: AbortSignal;
  readonly #pieces: string[] = [];
  #end: { readonly error?: unknown } | undefined;
  #wake: () => void = () => {};

  constructor(request: AnswerRequest, signal: AbortSignal) {
    this.request = request;
    this.signal = signal;
  }

  say(piece: string): void {
    this.#pieces.push(piece);
    this.#wake();
  }

  end(): void {
    this.#end = {};
    this.#wake();
  }

  fail(error: unknown): void {
    this.#end = { error };
    this.#wake();
  }

  /** The requested lines as `name: text`. */
  get asked(): string[] {
    return this.request.lines.map((line) =>
      line.by === 'assistant' ? `(assistant) ${line.text}` : `${line.name}: ${line.text}`,
    );
  }

  /** Ignores the abort signal: it continues while it is read. */
  async *pieces(): AsyncGenerator<string, void, void> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) yield piece;
      else if (this.#end !== undefined) {
        if ('error' in this.#end) throw this.#end.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

export class FakeModel implements LanguageModel {
  readonly answers: FakeAnswer[] = [];

  answer(request: AnswerRequest, signal: AbortSignal): AsyncIterable<string> {
    const answer = new FakeAnswer(request, signal);
    this.answers.push(answer);
    return answer.pieces();
  }

  /** Returns the latest requested answer, or the nth, from 1. */
  asked(nth = this.answers.length): FakeAnswer {
    const answer = this.answers[nth - 1];
    if (answer === undefined) throw new Error(`only ${this.answers.length} answers were asked for`);
    return answer;
  }
}
