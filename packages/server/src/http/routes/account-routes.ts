/** Routes for registration, login, logout and the current user. */
import { ChatError } from '@parley/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isUsername } from '../../domain/accounts/account-rules.ts';
import type { StartedSession } from '../../domain/accounts/sessions.ts';
import type { Chat } from '../../domain/chat.ts';
import type { Identity } from '../../model/identity.ts';
import type { User } from '../../model/user.ts';
import type { Logger, LoginRefusal } from '../../ports/logger.ts';
import { userAgentOf } from '../request/client-info.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import type { RequestGuard } from '../request/request-guard.ts';
import { requireIdentity } from '../request/require-user.ts';
import { bodyOf } from '../request/route-body.ts';
import { toPublicUser } from '../response/public-user.ts';
import { toServerProfileBody } from '../response/server-profile-body.ts';
import { toRoomBody } from './invite-routes.ts';

type AccountServices = Pick<
  Chat,
  | 'accounts'
  | 'emailRequests'
  | 'passwordResets'
  | 'recentProof'
  | 'providerSignIn'
  | 'passkeys'
  | 'invites'
  | 'newcomers'
  | 'serverProfiles'
  | 'sessions'
  | 'externalSessions'
  | 'tokenIssuer'
  | 'logout'
>;

export interface AccountRoutesOptions {
  readonly chat: AccountServices;
  readonly requestGuard: RequestGuard;
  readonly requestAuthenticator: RequestAuthenticator;
  readonly logger: Logger;
}

const LOGIN_DISABLED = 'Another application manages sessions: log in there';

export function addAccountRoutes(app: FastifyInstance, options: AccountRoutesOptions): void {
  const routes = new AccountRoutes(options);
  app.post('/register', (request, reply) => routes.register(request, reply));
  for (const path of ['/login', '/api/auth/login']) {
    app.post(path, (request, reply) => routes.login(request, reply));
  }
  for (const path of ['/logout', '/api/auth/logout']) {
    app.post(path, (request, reply) => routes.logout(request, reply));
  }
  app.post('/api/auth/password', (request, reply) => routes.changePassword(request, reply));
  app.post('/api/auth/forgot', (request) => routes.forget(request));
  app.post('/api/auth/email', (request) => routes.requestConfirmation(request));
  app.post('/api/auth/email/confirm', (request) => routes.confirmEmail(request));
  app.post('/api/auth/proof', (request) => routes.prove(request));
  app.post('/api/auth/reset', (request, reply) => routes.resetPassword(request, reply));
  app.post('/api/tokens', (request, reply) => routes.issueToken(request, reply));
  app.post('/api/tickets', (request, reply) => routes.issueTicket(request, reply));
  app.get('/api/auth/me', (request, reply) => routes.me(request, reply));
  app.get('/api/auth/session', (request, reply) => routes.session(request, reply));
}

class AccountRoutes {
  readonly #chat: AccountServices;
  readonly #requestGuard: RequestGuard;
  readonly #requestAuthenticator: RequestAuthenticator;
  readonly #logger: Logger;

  constructor(options: AccountRoutesOptions) {
    this.#chat = options.chat;
    this.#requestGuard = options.requestGuard;
    this.#requestAuthenticator = options.requestAuthenticator;
    this.#logger = options.logger;
  }

  async register(request: FastifyRequest, reply: FastifyReply): Promise<object> {
    const { raw } = request;
    const { invite, ...credentials } = bodyOf(request, 'register');
    const address = this.#requestGuard.limitedAddressOf(raw);
    const from = this.#requestGuard.clientInfoOf(raw).address;
    const user = await this.#chat.accounts.register({
      ...{ ...credentials, address, recordedAddress: from, invite },
      isLocal: this.#requestGuard.isFromThisMachine(raw),
    });
    const { id: userId, username } = user;
    this.#logger.record({ event: 'account.registered', userId, username, address: from });
    await this.#chat.newcomers.welcome(user);
    reply.status(201);
    const body = { success: true, user: toPublicUser(user) };
    // A closed account enters no room.
    const isClosed = await this.#chat.emailRequests.isWaiting(user);
    if (invite === undefined || isClosed) return body;
    const rooms = await this.#chat.invites.enterRegistered(user, invite);
    return { ...body, rooms: rooms.map(toRoomBody) };
  }

  async login(request: FastifyRequest, reply: FastifyReply): Promise<object> {
    const { raw } = request;
    const credentials = bodyOf(request, 'login');
    this.#requireOwnLogin();
    const { address } = this.#requestGuard.clientInfoOf(raw);
    const limited = this.#requestGuard.limitedAddressOf(raw);
    const attempt = { ...credentials, address: limited, recordedAddress: address };
    const client = { address, userAgent: userAgentOf(raw) };
    const { user, ...started } = await this.#startSession(attempt, client);
    return { success: true, ...this.#show(started, raw, reply), user: toPublicUser(user) };
  }

  async logout(request: FastifyRequest, reply: FastifyReply): Promise<object> {
    const { raw } = request;
    const { all } = bodyOf(request, 'logout');
    await this.#chat.logout.end(await this.#require(raw), all === true ? 'all' : 'this');
    const { isSecure } = this.#requestGuard.clientInfoOf(raw);
    reply.header('set-cookie', this.#requestAuthenticator.cookie.clear({ isSecure }));
    return { success: true };
  }

  async changePassword(request: FastifyRequest, reply: FastifyReply): Promise<object> {
    const { raw } = request;
    const change = bodyOf(request, 'password');
    const identity = await this.#require(raw);
    const { address } = this.#requestGuard.clientInfoOf(raw);
    const client = { address, userAgent: userAgentOf(raw) };
    const started = await this.#chat.accounts.changePassword(identity, change, client);
    return { success: true, ...this.#show(started, raw, reply) };
  }

  async forget(request: FastifyRequest): Promise<object> {
    const { username } = bodyOf(request, 'passwordForgotten');
    this.#requireOwnLogin();
    const limited = this.#requestGuard.limitedAddressOf(request.raw);
    await this.#chat.emailRequests.requestReset(username, limited);
    return { success: true };
  }

  async requestConfirmation(request: FastifyRequest): Promise<object> {
    const { email } = bodyOf(request, 'confirmationRequest');
    await this.#chat.emailRequests.requestConfirmation(await this.#require(request.raw), email);
    return { success: true };
  }

  async confirmEmail(request: FastifyRequest): Promise<object> {
    const { token } = bodyOf(request, 'emailConfirmation');
    const { address: recorded } = this.#requestGuard.clientInfoOf(request.raw);
    const limited = this.#requestGuard.limitedAddressOf(request.raw);
    await this.#chat.emailRequests.confirm(token, { limited, recorded });
    await this.#chat.newcomers.showMembers();
    return { success: true };
  }

  async prove(request: FastifyRequest): Promise<object> {
    const identity = await this.#require(request.raw);
    const untilMs = await this.#chat.recentProof.give(identity, bodyOf(request, 'proof'));
    return { success: true, provedUntil: new Date(untilMs).toISOString() };
  }

  /** Sets the password of the user of a link, and logs the user in. */
  async resetPassword(request: FastifyRequest, reply: FastifyReply): Promise<object> {
    const { raw } = request;
    const body = bodyOf(request, 'passwordReset');
    this.#requireOwnLogin();
    const { address: recorded } = this.#requestGuard.clientInfoOf(raw);
    const limited = this.#requestGuard.limitedAddressOf(raw);
    const known = await this.#chat.passwordResets.use(body, { limited, recorded });
    const client = { address: recorded, userAgent: userAgentOf(raw) };
    const started = await this.#chat.sessions.start(known, client, {
      kind: 'password_changed',
    });
    return { success: true, ...this.#show(started, raw, reply), user: toPublicUser(known.user) };
  }

  /** @throws {ChatError} FORBIDDEN. */
  #requireOwnLogin(): void {
    if (this.#chat.externalSessions === undefined) return;
    throw new ChatError('FORBIDDEN', { message: LOGIN_DISABLED });
  }

  /** Gives the client its session: as a cookie for browsers, and as a token for others. */
  #show(
    { token, expiresAtMs }: StartedSession,
    raw: FastifyRequest['raw'],
    reply: FastifyReply,
  ): { readonly token: string; readonly expiresAt: string } {
    const { isSecure } = this.#requestGuard.clientInfoOf(raw);
    reply.header('set-cookie', this.#requestAuthenticator.cookie.write(token, { isSecure }));
    return { token, expiresAt: new Date(expiresAtMs).toISOString() };
  }

  /** Issues a short-lived token for connections that cannot send a cookie, such as Socket.IO's `auth`. */
  async issueToken(request: FastifyRequest, reply: FastifyReply): Promise<object> {
    const { raw } = request;
    bodyOf(request, 'token');
    const { token, expiresAtMs } = await this.#chat.tokenIssuer.issue(await this.#require(raw));
    reply.status(201);
    return { token, expiresAt: new Date(expiresAtMs).toISOString() };
  }

  /** Issues a ticket for an address: for one connection, to begin soon. */
  async issueTicket(request: FastifyRequest, reply: FastifyReply): Promise<object> {
    const { raw } = request;
    bodyOf(request, 'token');
    const identity = await this.#require(raw);
    const { token: ticket, expiresAtMs } = await this.#chat.tokenIssuer.issueTicket(identity);
    reply.status(201);
    return { ticket, expiresAt: new Date(expiresAtMs).toISOString() };
  }

  /** Tells a browser whether its session is valid, for example after a failed upgrade; renews the cookie. */
  async me({ raw }: FastifyRequest, reply: FastifyReply): Promise<object> {
    return this.#sendUser(await this.#require(raw), raw, reply);
  }

  /** Same as `me` for a page that does not know yet whether a user is logged in; not being logged in is not an error. */
  async session({ raw }: FastifyRequest, reply: FastifyReply): Promise<object> {
    const identity = await this.#requestAuthenticator.identify(raw);
    const isLocal = this.#requestGuard.isFromThisMachine(raw);
    const registration = await this.#chat.accounts.registrationOf({ isLocal });
    const providers = this.#chat.providerSignIn.providers.map(({ name, label }) => ({
      name,
      label,
    }));
    const { sendsMail } = this.#chat.emailRequests;
    const emailDomains = await this.#chat.accounts.emailDomains();
    const passkeySite = this.#chat.passkeys.site ?? null;
    const passwordSignIn = await this.#chat.accounts.isPasswordSignIn();
    const server = toServerProfileBody(await this.#chat.serverProfiles.read());
    const shown = { registration, providers, sendsMail, passkeySite, passwordSignIn, emailDomains };
    if (identity === undefined) return { user: null, ...shown, server };
    const expiresAt = new Date(identity.expiresAtMs).toISOString();
    const { lacks } = identity;
    const required = lacks === undefined ? {} : { required: lacks };
    return { ...this.#sendUser(identity, raw, reply), expiresAt, ...required, ...shown, server };
  }

  #sendUser({ user }: Identity, raw: FastifyRequest['raw'], reply: FastifyReply): object {
    const id = this.#requestAuthenticator.cookie.read(raw.headers.cookie);
    // The cookie of an external application must not be renewed here.
    if (id !== undefined && this.#chat.externalSessions === undefined) {
      const { isSecure } = this.#requestGuard.clientInfoOf(raw);
      reply.header('set-cookie', this.#requestAuthenticator.cookie.write(id, { isSecure }));
    }
    return { user: { ...toPublicUser(user), role: user.role } };
  }

  async #startSession(
    attempt: Parameters<Chat['accounts']['verify']>[0],
    client: Parameters<Chat['sessions']['start']>[1],
  ): Promise<StartedSession & { readonly user: User }> {
    try {
      const known = await this.#chat.accounts.verify(attempt);
      return { user: known.user, ...(await this.#chat.sessions.start(known, client)) };
    } catch (error) {
      const { address } = client;
      const name = attempt.username.trim();
      const username = isUsername(name) ? name : undefined;
      const reason = refusalOf(error);
      this.#logger.record({ event: 'login.refused', address, username, reason });
      throw error;
    }
  }

  #require(request: FastifyRequest['raw']): Promise<Identity> {
    return requireIdentity(this.#requestAuthenticator, request);
  }
}

function refusalOf(error: unknown): LoginRefusal {
  if (!(error instanceof ChatError)) return 'unavailable';
  if (error.code === 'RATE_LIMITED') return 'rate-limited';
  if (error.code === 'FORBIDDEN') {
    return error.details.required === undefined ? 'account-disabled' : 'provider-required';
  }
  if (error.code !== 'UNAUTHENTICATED') return 'unavailable';
  const { cause } = error;
  const isKnown = cause === 'unknown-account' || cause === 'no-code' || cause === 'wrong-code';
  return isKnown ? cause : 'wrong-password';
}
