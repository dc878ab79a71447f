/** The ordinary requests of a server's own port that were not answered yet. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { HttpListener } from './http-listener.ts';

export class OpenRequests {
  readonly #counts = new Map<Duplex, number>();
  #handleLast: (() => void) | undefined;

  constructor(server: HttpListener) {
    const counts = this.#counts;
    const setCount = (socket: Duplex, count: number) => {
      if (count > 0) {
        counts.set(socket, count);
        return;
      }
      socket.off('close', forget);
      counts.delete(socket);
      if (counts.size === 0) this.#handleLast?.();
    };
    function forget(this: Duplex) {
      setCount(this, 0);
    }
    server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      const count = counts.get(socket) ?? 0;
      // A response that waits for an earlier one emits no `close` when its socket does.
      if (count === 0) socket.on('close', forget);
      setCount(socket, count + 1);
      response.on('close', () => setCount(socket, (counts.get(socket) ?? 1) - 1));
    });
  }

  /** Resolves when none is left, or `signal` is aborted. */
  async areAnswered(signal: AbortSignal): Promise<void> {
    if (this.#counts.size === 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#handleLast = resolve;
      signal.addEventListener('abort', () => resolve());
    });
  }
}
