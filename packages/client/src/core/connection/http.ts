/** HTTP requests: JSON in both directions, a deadline, and errors as `ChatError`. */
import { ChatError, type ErrorDetails, isErrorCode } from '@parley/protocol';
import type { Environment } from '../environment.ts';
import type { TokenSource } from './token-source.ts';

const TIMEOUT_MS = 10_000;

/** No whole answer arrived: no network, no server, or the deadline passed. */
export class Unreachable extends ChatError {
  constructor(cause: unknown) {
    super('UNAVAILABLE', { message: 'The server is not reachable' }, { cause });
  }
}

/** Milliseconds until a read that the server limits is sent again; undefined for another error. */
export function rateLimitMs({ code, details }: ChatError): number | undefined {
  return code === 'RATE_LIMITED' ? (details.retryAfterSeconds ?? 1) * 1_000 : undefined;
}

/** All pages of a list, each after the one before. */
export async function readAll<Item>(
  http: Pick<Http, 'call'>,
  path: string,
  name: string,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let query = ''; ; ) {
    // The server documents the answer of these routes.
    const answer = (await http.call('GET', path + query)) as Record<string, Item[]> & {
      readonly next?: string;
    };
    items.push(...(answer[name] ?? []));
    if (answer.next === undefined) return items;
    query = `?after=${encodeURIComponent(answer.next)}`;
  }
}

export class Http {
  readonly #environment: Pick<Environment, 'fetch' | 'setTimer' | 'origin'>;
  readonly #serverUrl: string;
  readonly #token: TokenSource | undefined;
  /** Whether the page comes from another origin than the server. */
  readonly #isForeign: boolean;

  /**
   * @param serverUrl Address of the server, such as `http://localhost:8080`; empty for
   * the page's origin.
   * @param token Identifies the user instead of the cookie.
   */
  constructor(
    environment: Pick<Environment, 'fetch' | 'setTimer' | 'origin'>,
    serverUrl: string,
    token?: TokenSource,
  ) {
    this.#token = token;
    this.#environment = environment;
    this.#serverUrl = serverUrl.replace(/\/+$/, '');
    const { origin } = environment;
    this.#isForeign =
      origin !== undefined && serverUrl !== '' && new URL(serverUrl).origin !== origin;
  }

  /** The error of a server that rejects this page for its origin; undefined for any other reason. */
  async checkOrigin(path: string, error: ChatError): Promise<ChatError | undefined> {
    const mayBeOrigin = error instanceof Unreachable ? this.#isForeign : error.code === 'FORBIDDEN';
    if (!mayBeOrigin) return undefined;
    // Loaded when it is used; pages of the server's own origin do not.
    const { checkOrigin } = await import('./origin-check.ts');
    return checkOrigin(this.#environment, `${this.#serverUrl}${path}`, error);
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
    // A browser sends the cookie with a WebSocket to any origin; HTTP does the same.
    const credentials = this.#isForeign && token === undefined ? 'include' : 'same-origin';
    try {
      // A form, with a file, has its own type.
      const content = body instanceof FormData ? body : body && JSON.stringify(body);
      const headers = {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(content !== body && { 'content-type': 'application/json' }),
      };
      const request = { method, credentials, headers, ...(content && { body: content }) } as const;
      return await this.#fetch(path, request, async (response) => {
        // An answer that was cut off, or is not from the server, says nothing.
        if (response.ok) return response.json();
        throw errorOf(response.status, await response.json().catch(() => undefined));
      });
    } catch (error) {
      if (!(error instanceof ChatError)) throw new Unreachable(error);
      const waitMs = method === 'GET' ? rateLimitMs(error) : undefined;
      if (waitMs === undefined) throw error;
      await new Promise<void>((resolve) => this.#environment.setTimer(resolve, waitMs));
      return this.#send(method, path, body, token);
    }
  }

  /** The time limit includes the body. */
  async #fetch<Answer>(
    path: string,
    request: RequestInit,
    read: (response: Response) => Answer | Promise<Answer>,
  ): Promise<Answer> {
    const { setTimer, fetch } = this.#environment;
    const abort = new AbortController();
    const cancelTimer = setTimer(() => abort.abort(), TIMEOUT_MS);
    const { signal } = abort;
    try {
      return await read(await fetch(`${this.#serverUrl}${path}`, { ...request, signal }));
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
  const { message, field, retryAfter, details } = error ?? {};
  return {
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof field === 'string' ? { field } : {}),
    ...(details as ErrorDetails | undefined),
    ...(typeof retryAfter === 'number' ? { retryAfterSeconds: retryAfter } : {}),
  };
}
