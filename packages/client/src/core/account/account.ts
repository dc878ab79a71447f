/**
 * Accounts over HTTP: register, log in, log out, and look up the current user. The
 * session is a cookie that scripts cannot read; no part of it is kept here.
 */
import { ChatError, type UserId, type UserPayload } from '@parley/protocol';
import { Http, readAll } from '../connection/http.ts';
import type { Environment } from '../environment.ts';
import type { ServerProfile } from './server-profile.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

interface LoginCredentials extends Credentials {
  /** Of an authenticator app, or a recovery code: if the user has turned on two-step sign-in. */
  readonly code?: string;
}

/** Whether users may create accounts themselves. */
export type RegistrationMode = 'open' | 'invited' | 'closed';

/** A provider with which users sign in, at `/api/auth/oidc/NAME` of the server. */
export interface SignInProvider {
  readonly name: string;
  /** For users. */
  readonly label: string;
}

/** How users sign in to the server. */
export interface SignInTerms {
  /** Whether users may create accounts themselves. */
  readonly registration: RegistrationMode;
  readonly providers: readonly SignInProvider[];
  /** The domain of the server's passkeys; null without passkeys. */
  readonly passkeySite: string | null;
  /** False if passwords sign in owners only, in an emergency. */
  readonly passwordSignIn: boolean;
  /** Of the e-mail addresses with which users register; empty if no address is asked for. */
  readonly emailDomains: readonly string[];
  /** Name and logo of the server. */
  readonly server: ServerProfile;
}

/** A login session of the user. */
export interface UserSession {
  readonly id: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601; up to 5 minutes old. */
  readonly lastSeenAt: string;
  /** As the client sent it at login; may be empty. */
  readonly userAgent: string;
  /** Of the client at login; may be empty. */
  readonly address: string;
  /** Whether this client uses the session. */
  readonly current: boolean;
}

/** A user whom `findUsers` has found. */
export interface FoundByName extends UserPayload {
  readonly formerUsername?: string;
  /** The account is disabled: the user reads nothing now. */
  readonly disabled?: true;
  /** When that ends, in ISO 8601; absent without an end. */
  readonly disabledUntil?: string;
  /** The account was deleted: nothing can be written to it. */
  readonly deleted?: true;
}

export type WhoAmI =
  | { readonly kind: 'logged_in'; readonly user: UserPayload }
  | { readonly kind: 'logged_out' };

export class Account {
  /** For the functions of other files that need no session. */
  readonly http: Http;
  /** As `whoAmI` was told; undefined before. */
  terms: SignInTerms | undefined;

  /**
   * @param serverUrl Address of the server, such as `http://localhost:8080`.
   * @param http Default: identifies the user by the cookie.
   */
  constructor(
    environment: Pick<Environment, 'fetch' | 'setTimer'>,
    serverUrl: string,
    http: Http = new Http(environment, serverUrl),
  ) {
    this.http = http;
  }

  /**
   * Creates an account; does not log in.
   *
   * @param credentials `invite`: the token of a link that lets people in. `email`: an address of one of
   * `terms.emailDomains`, if there are some; the account is closed until it is confirmed.
   * @throws {ChatError} `CONFLICT` for a taken name, `VALIDATION_ERROR` with the field,
   * `FORBIDDEN` if registration is closed or the invite not valid, `UNAVAILABLE`.
   */
  async register(
    credentials: Credentials & { readonly invite?: string; readonly email?: string },
  ): Promise<UserPayload> {
    return userOf(await this.http.call('POST', '/register', credentials));
  }

  /**
   * @throws {ChatError} `UNAUTHENTICATED`, with `details.factor` if only the code is missing or wrong;
   * `RATE_LIMITED`, `UNAVAILABLE`.
   */
  async logIn(credentials: LoginCredentials): Promise<UserPayload> {
    return userOf(await this.http.call('POST', '/login', credentials));
  }

  /** Ends this session. @throws {ChatError} `UNAVAILABLE`: the user is still logged in. */
  async logOut(): Promise<void> {
    try {
      await this.http.call('POST', '/logout', {});
    } catch (error) {
      // The session had already ended, which is the wanted result.
      if (!(error instanceof ChatError && error.code === 'UNAUTHENTICATED')) throw error;
    }
  }

  /** Ends all sessions of the user, on every device. @throws {ChatError} `UNAVAILABLE`. */
  async logOutEverywhere(): Promise<void> {
    await this.http.call('POST', '/logout', { all: true });
  }

  /**
   * The user's login sessions, the latest login first; empty if another application manages them.
   *
   * @throws {ChatError} `UNAUTHENTICATED`, `UNAVAILABLE`.
   */
  async listSessions(): Promise<readonly UserSession[]> {
    return readAll(this.http, '/api/sessions', 'sessions');
  }

  /**
   * Ends a login session of the user, and its connections.
   *
   * @throws {ChatError} `NOT_FOUND` if it has already ended, `RATE_LIMITED`, `UNAVAILABLE`.
   */
  async endSession(id: string): Promise<void> {
    await this.http.call('DELETE', `/api/sessions/${encodeURIComponent(id)}`);
  }

  /**
   * Changes the password, and ends all other sessions.
   *
   * @throws {ChatError} `FORBIDDEN` for a wrong current password, `VALIDATION_ERROR`,
   * `RATE_LIMITED`, `UNAVAILABLE`.
   */
  async changePassword(currentPassword: string, newPassword: string): Promise<void> {
    await this.http.call('POST', '/api/auth/password', { currentPassword, newPassword });
  }

  /** Accepts or declines an invitation. @throws {ChatError} `NOT_FOUND`, `UNAVAILABLE`. */
  async answerInvitation(targetId: string, isAccepted: boolean): Promise<void> {
    const path = `/api/invitations/${encodeURIComponent(targetId)}`;
    if (isAccepted) await this.http.call('POST', `${path}/accept`, {});
    else await this.http.call('DELETE', path);
  }

  /**
   * The users with these ids and usernames, at most 50; unknown ones are omitted. A user who
   * had one of the usernames before has it as `formerUsername`.
   *
   * @throws {ChatError} `UNAVAILABLE`.
   */
  async findUsers(
    ids: readonly UserId[],
    usernames: readonly string[] = [],
  ): Promise<readonly FoundByName[]> {
    const query = [
      ...(ids.length === 0 ? [] : [`ids=${ids.join(',')}`]),
      ...(usernames.length === 0 ? [] : [`usernames=${usernames.join(',')}`]),
    ];
    const answer = await this.http.call('GET', `/api/users?${query.join('&')}`);
    // The server documents the answer of this route.
    return (answer as { readonly users: readonly FoundByName[] }).users;
  }

  /**
   * Returns the logged-in user, if there is one.
   *
   * @throws {ChatError} `UNAVAILABLE` if the server cannot be reached.
   */
  async whoAmI(): Promise<WhoAmI> {
    try {
      // The server answers 200 in both cases: a browser logs each 401 as an error.
      const answer = await this.http.call('GET', '/api/auth/session');
      this.terms = answer as SignInTerms;
      return hasUser(answer) ? { kind: 'logged_in', user: userOf(answer) } : { kind: 'logged_out' };
    } catch (error) {
      if (error instanceof ChatError && error.code === 'UNAUTHENTICATED') {
        return { kind: 'logged_out' };
      }
      throw error;
    }
  }
}

function hasUser(answer: unknown): boolean {
  return (answer as { user?: unknown } | undefined)?.user !== null;
}

function userOf(answer: unknown): UserPayload {
  // The protocol defines the answer of these routes: `{user: {id, username}}`.
  const { user } = answer as { user: UserPayload };
  return { id: user.id, username: user.username };
}
