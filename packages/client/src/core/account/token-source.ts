/**
 * The token of a client without a cookie: fetched by the application, shared by the socket
 * and HTTP.
 */

/** Called for the first token, for each connection, and when the server rejects a token. */
export type GetToken = () => string | Promise<string>;

export class TokenSource {
  readonly #getToken: GetToken;
  #current: Promise<string> | undefined;

  constructor(getToken: GetToken) {
    this.#getToken = getToken;
  }

  /** The latest token; callers that ask at the same time share one call. */
  current(): Promise<string> {
    this.#current ??= this.#fetch();
    return this.#current;
  }

  /** A new token. */
  renew(): Promise<string> {
    this.#current = this.#fetch();
    return this.#current;
  }

  async #fetch(): Promise<string> {
    const fetching = Promise.resolve().then(this.#getToken);
    fetching.catch(() => {
      // A failed call is not kept: the next one asks again.
      this.#current = undefined;
    });
    return fetching;
  }
}

/** Subprotocols that carry a token in an upgrade; the server answers with the first. */
export function tokenProtocols(token: string): readonly string[] {
  return ['parley', `parley.token.${token}`];
}
