/**
 * Accounts over HTTP: register, log in and out, and who one is. The session is a
 * cookie that no script can read; nothing of it is kept here.
 */
import { ChatError, type ErrorDetails, isErrorCode, type UserPayload } from '@parley/protocol';
import type { SessionCheck } from './connection.ts';
import type { Environment } from './environment.ts';

const TIMEOUT_MS = 10_000;

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export type WhoAmI =
  | { readonly kind: 'logged_in'; readonly user: UserPayload }
  | { readonly kind: 'logged_out' };

export class Account {
  readonly #environment: Pick<Environment, 'fetch' | 'setTimer'>;
  readonly #serverUrl: string;

  /** @param serverUrl Where the server is, such as `http://localhost:8080`. */
  constructor(environment: Pick<Environment, 'fetch' | 'setTimer'>, serverUrl: string) {
    this.#environment = environment;
    this.#serverUrl = serverUrl.replace(/\/+$/, '');
  }

  /**
   * Makes an account; does not log in.
   *
   * @throws {ChatError} `CONFLICT` for a taken name, `VALIDATION_ERROR` with the
   * field, `FORBIDDEN` where registration is closed, `UNAVAILABLE`.
   */
  async register(credentials: Credentials): Promise<UserPayload> {
    return userOf(await this.#call('POST', '/register', credentials));
  }

  /** @throws {ChatError} `UNAUTHENTICATED`, `RATE_LIMITED`, `UNAVAILABLE`. */
  async logIn(credentials: Credentials): Promise<UserPayload> {
    return userOf(await this.#call('POST', '/login', credentials));
  }

  /** Ends this session. @throws {ChatError} `UNAVAILABLE`: one is still logged in. */
  async logOut(): Promise<void> {
    try {
      await this.#call('POST', '/logout', {});
    } catch (error) {
      // The session had ended already: that is what was wanted.
      if (!(error instanceof ChatError && error.code === 'UNAUTHENTICATED')) throw error;
    }
  }

  /** @throws {ChatError} `UNAVAILABLE` when the server cannot be asked. */
  async whoAmI(): Promise<WhoAmI> {
    try {
      return { kind: 'logged_in', user: userOf(await this.#call('GET', '/api/auth/me')) };
    } catch (error) {
      if (error instanceof ChatError && error.code === 'UNAUTHENTICATED') {
        return { kind: 'logged_out' };
      }
      throw error;
    }
  }

  async #call(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    const abort = new AbortController();
    const cancelTimer = this.#environment.setTimer(() => abort.abort(), TIMEOUT_MS);
    try {
      const response = await this.#environment.fetch(`${this.#serverUrl}${path}`, {
        method,
        credentials: 'same-origin',
        signal: abort.signal,
        ...(body === undefined
          ? {}
          : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      const answer: unknown = await response.json().catch(() => undefined);
      if (!response.ok) throw errorOf(response.status, answer);
      return answer;
    } catch (error) {
      if (error instanceof ChatError) throw error;
      throw new ChatError(
        'UNAVAILABLE',
        { message: 'The server is not reachable' },
        { cause: error },
      );
    } finally {
      cancelTimer();
    }
  }
}

/** Why the server refuses a connection, as far as the account can tell. */
export async function checkSession(account: Account): Promise<SessionCheck> {
  try {
    return (await account.whoAmI()).kind === 'logged_in' ? 'valid' : 'ended';
  } catch {
    // Why it could not be asked makes no difference to the next try.
    return 'unreachable';
  }
}

function userOf(answer: unknown): UserPayload {
  // What these routes answer is fixed by the protocol: `{user: {id, username}}`.
  const { user } = answer as { user: UserPayload };
  return { id: user.id, username: user.username };
}

function errorOf(status: number, answer: unknown): ChatError {
  // Errors have one form; a proxy in between may answer with anything.
  const error = (answer as { error?: Record<string, unknown> } | undefined)?.error;
  const code = error?.['code'];
  const { message, field, retryAfter } = error ?? {};
  const details: ErrorDetails = {
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof field === 'string' ? { field } : {}),
    ...(typeof retryAfter === 'number' ? { retryAfterSeconds: retryAfter } : {}),
  };
  if (typeof code === 'string' && isErrorCode(code)) return new ChatError(code, details);
  if (status === 401) return new ChatError('UNAUTHENTICATED');
  return new ChatError(status >= 500 ? 'UNAVAILABLE' : 'INTERNAL_ERROR');
}
