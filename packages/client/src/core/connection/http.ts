/** HTTP requests: JSON in both directions, a deadline, and errors as `ChatError`. */
import { ChatError, type ErrorDetails, isErrorCode } from '@parley/protocol';
import type { TokenSource } from '../account/token-source.ts';
import type { Environment } from '../environment.ts';

const TIMEOUT_MS = 10_000;

/** No whole answer arrived: no network, no server, or the deadline passed. */
export class Unreachable extends ChatError {
  constructor(cause: unknown) {
    super('UNAVAILABLE', { message: 'The server is not reachable' }, { cause });
  }
}

export class Http {
  readonly #environment: Pick<Environment, 'fetch' | 'setTimer'>;
  readonly #serverUrl: string;
  readonly #token: TokenSource | undefined;

  /**
   * @param serverUrl Address of the server, such as `http://localhost:8080`; empty for
   * the page's origin.
   * @param token Identifies the user instead of the cookie.
   */
  constructor(
    environment: Pick<Environment, 'fetch' | 'setTimer'>,
    serverUrl: string,
    token?: TokenSource,
  ) {
    this.#token = token;
    this.#environment = environment;
    this.#serverUrl = serverUrl.replace(/\/+$/, '');
  }

  /**
   * Returns the body of the answer. @throws {ChatError} The server's error; {@link
   * Unreachable}.
   */
  async call(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
  ): Promise<unknown> {
    if (this.#token === undefined) return this.#send(method, path, body);
    const token = await this.#token.current();
    try {
      return await this.#send(method, path, body, token);
    } catch (error) {
      // A rejected request did nothing, so it can be repeated.
      if (ChatError.from(error).code !== 'UNAUTHENTICATED') throw error;
      return this.#send(method, path, body, await this.#token.renew());
    }
  }

  async #send(method: string, path: string, body?: object, token?: string): Promise<unknown> {
    const abort = new AbortController();
    const cancelTimer = this.#environment.setTimer(() => abort.abort(), TIMEOUT_MS);
    try {
      const response = await this.#environment.fetch(`${this.#serverUrl}${path}`, {
        method,
        credentials: 'same-origin',
        signal: abort.signal,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      // An answer that was cut off, or is not from the server, says nothing.
      if (response.ok) return await response.json();
      throw errorOf(response.status, await response.json().catch(() => undefined));
    } catch (error) {
      throw error instanceof ChatError ? error : new Unreachable(error);
    } finally {
      cancelTimer();
    }
  }
}

function errorOf(status: number, answer: unknown): ChatError {
  // Errors have one form; a proxy in between may answer with anything.
  const error = (answer as { error?: Record<string, unknown> } | undefined)?.error;
  const code = error?.['code'];
  if (typeof code === 'string' && isErrorCode(code)) return new ChatError(code, detailsOf(error));
  if (status === 401) return new ChatError('UNAUTHENTICATED');
  return new ChatError(status >= 500 ? 'UNAVAILABLE' : 'INTERNAL_ERROR');
}

/** Details of an `error` of the server, in a frame or over HTTP. */
export function detailsOf(error: Readonly<Record<string, unknown>> | undefined): ErrorDetails {
  const { message, field, retryAfter } = error ?? {};
  return {
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof field === 'string' ? { field } : {}),
    ...(typeof retryAfter === 'number' ? { retryAfterSeconds: retryAfter } : {}),
  };
}
