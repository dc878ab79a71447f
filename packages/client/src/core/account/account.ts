/**
 * Accounts over HTTP: register, log in and out, and who one is. The session is a
 * cookie that no script can read; nothing of it is kept here.
 */
import { ChatError, type UserPayload } from '@parley/protocol';
import type { SessionCheck } from '../connection/connection.ts';
import { Http } from '../connection/http.ts';
import type { Environment } from '../environment.ts';
import type { AccountGuard } from './account-guard.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export type WhoAmI =
  | { readonly kind: 'logged_in'; readonly user: UserPayload }
  | { readonly kind: 'logged_out' };

export class Account {
  readonly #http: Http;

  /** @param serverUrl Where the server is, such as `http://localhost:8080`. */
  constructor(environment: Pick<Environment, 'fetch' | 'setTimer'>, serverUrl: string) {
    this.#http = new Http(environment, serverUrl);
  }

  /**
   * Makes an account; does not log in.
   *
   * @throws {ChatError} `CONFLICT` for a taken name, `VALIDATION_ERROR` with the
   * field, `FORBIDDEN` where registration is closed, `UNAVAILABLE`.
   */
  async register(credentials: Credentials): Promise<UserPayload> {
    return userOf(await this.#http.call('POST', '/register', credentials));
  }

  /** @throws {ChatError} `UNAUTHENTICATED`, `RATE_LIMITED`, `UNAVAILABLE`. */
  async logIn(credentials: Credentials): Promise<UserPayload> {
    return userOf(await this.#http.call('POST', '/login', credentials));
  }

  /** Ends this session. @throws {ChatError} `UNAVAILABLE`: one is still logged in. */
  async logOut(): Promise<void> {
    try {
      await this.#http.call('POST', '/logout', {});
    } catch (error) {
      // The session had ended already: that is what was wanted.
      if (!(error instanceof ChatError && error.code === 'UNAUTHENTICATED')) throw error;
    }
  }

  /**
   * Who is logged in, if anybody.
   *
   * @throws {ChatError} `UNAVAILABLE` when the server cannot be asked.
   */
  whoAmI(): Promise<WhoAmI> {
    // Answered with 200 in either case: a browser logs each 401 as an error.
    return this.#ask('/api/auth/session');
  }

  /** The same of somebody who was logged in, and was refused: as any other request would be. */
  whoAmIStill(): Promise<WhoAmI> {
    return this.#ask('/api/auth/me');
  }

  async #ask(path: string): Promise<WhoAmI> {
    try {
      const answer = await this.#http.call('GET', path);
      return hasUser(answer) ? { kind: 'logged_in', user: userOf(answer) } : { kind: 'logged_out' };
    } catch (error) {
      if (error instanceof ChatError && error.code === 'UNAUTHENTICATED') {
        return { kind: 'logged_out' };
      }
      throw error;
    }
  }
}

/** Why the server refuses a connection, as far as the account can tell. */
export async function checkSession(account: Account, owner: AccountGuard): Promise<SessionCheck> {
  try {
    const answer = await account.whoAmIStill();
    if (answer.kind === 'logged_out') return 'ended';
    return owner.isSame(answer.user.id) ? 'valid' : 'somebody_else';
  } catch {
    // Why it could not be asked makes no difference to the next try.
    return 'unreachable';
  }
}

function hasUser(answer: unknown): boolean {
  return (answer as { user?: unknown } | undefined)?.user !== null;
}

function userOf(answer: unknown): UserPayload {
  // What these routes answer is fixed by the protocol: `{user: {id, username}}`.
  const { user } = answer as { user: UserPayload };
  return { id: user.id, username: user.username };
}
