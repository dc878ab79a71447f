/** The ordinary requests of a server's own port that were not answered yet. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpListener } from './http-listener.ts';

export class OpenRequests {
  #count = 0;
  #handleLast: (() => void) | undefined;

  constructor(server: HttpListener) {
    server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
      this.#count += 1;
      response.on('close', () => {
        this.#count -= 1;
        if (this.#count === 0) this.#handleLast?.();
      });
    });
  }

  /** Resolves when none is left, or `signal` is aborted. */
  async areAnswered(signal: AbortSignal): Promise<void> {
    if (this.#count === 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#handleLast = resolve;
      signal.addEventListener('abort', () => resolve());
    });
  }
}
