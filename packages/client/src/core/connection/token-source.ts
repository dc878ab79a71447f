/**
 * The token of a client without a cookie: fetched by the application, shared by the socket
 * and HTTP.
 */
import { ChatError, ERROR_CODES, type ErrorCode, isErrorCode } from '@parley/protocol';
import type { Environment } from '../environment.ts';

/** Called for the first token, for each connection, and when the server rejects a token. */
export type GetToken = () => string | Promise<string>;

/** Time limit for `getToken`. */
const TIMEOUT_MS = 10_000;

/** `getToken` failed. The message and, if it is one of Parley's, the code are those of its error. */
export class TokenError extends ChatError {
  constructor(cause: unknown) {
    const { code, message } = (cause ?? {}) as { readonly code?: unknown; message?: unknown };
    const known = typeof code === 'string' && isErrorCode(code) ? code : 'UNAVAILABLE';
    const text = typeof message === 'string' && message !== '' ? message : `${cause}`;
    super(known, { message: text }, { cause });
  }

  /** Whether another call has the same result: the credentials are wrong, not the network. */
  get isFinal(): boolean {
    return ERROR_CODES[this.code].status < 500 && !this.isRetryable;
  }
}

export class TokenSource {
  readonly #getToken: GetToken;
  readonly #environment: Pick<Environment, 'setTimer'>;
  #current: Promise<string> | undefined;

  constructor(environment: Pick<Environment, 'setTimer'>, getToken: GetToken) {
    this.#environment = environment;
    this.#getToken = getToken;
  }

  /** The latest token; callers that ask at the same time share one call. @throws {TokenError} */
  current(): Promise<string> {
    this.#current ??= this.#fetch();
    return this.#current;
  }

  /** A new token. @throws {TokenError} */
  renew(): Promise<string> {
    this.#current = this.#fetch();
    return this.#current;
  }

  /** Subprotocols that carry a new token in an upgrade; the server never answers with it. */
  readonly protocols = async (): Promise<readonly string[]> => [
    'parley',
    `parley.token.${await this.renew()}`,
  ];

  #fetch(): Promise<string> {
    const fetching = new Promise<string>((resolve, reject) => {
      const fail = (cause: unknown): void => reject(new TokenError(cause));
      const cancelTimer = this.#environment.setTimer(
        () => fail(new Error('getToken did not answer')),
        TIMEOUT_MS,
      );
      Promise.resolve()
        .then(this.#getToken)
        .then(checkedToken)
        .then(resolve, fail)
        .finally(cancelTimer);
    });
    fetching.catch(() => {
      // A failed call is not kept: the next one asks again.
      if (this.#current === fetching) this.#current = undefined;
    });
    return fetching;
  }
}

/** A subprotocol has neither white space nor commas. */
function checkedToken(token: unknown): string {
  if (typeof token === 'string' && /^[\w!#$%&'*+.^`|~/=-]+$/.test(token)) return token;
  const code: ErrorCode = 'VALIDATION_ERROR';
  throw new ChatError(code, { message: 'getToken must return a token' });
}
