/**
 * Routes of the sign-in with a provider. The browser itself goes to the first two: they answer with
 * addresses, and with a page that says what happened if something fails.
 */
import { ChatError, PAGE_PATHS } from '@parley/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FromAddress, SignInStep } from '../../domain/accounts/provider-sign-in.ts';
import type { SessionClient, StartedSession } from '../../domain/accounts/sessions.ts';
import type { Chat } from '../../domain/chat.ts';
import type { Identity } from '../../model/identity.ts';
import type { Logger } from '../../ports/logger.ts';
import { SignInFailure } from '../../ports/sign-in-provider.ts';
import { PAGE_PATH } from '../page-path.ts';
import { userAgentOf } from '../request/client-info.ts';
import type { RequestAuthenticator } from '../request/request-authenticator.ts';
import type { RequestGuard } from '../request/request-guard.ts';
import { requireIdentity } from '../request/require-user.ts';
import { bodyOf } from '../request/route-body.ts';
import type { SignInCookie } from '../request/sign-in-cookie.ts';
import { toPublicUser } from '../response/public-user.ts';
import { toRoomBody } from './invite-routes.ts';

export interface ProviderSignInRoutesOptions {
  readonly chat: Pick<Chat, 'providerSignIn' | 'newcomers' | 'invites'>;
  readonly signInCookie: SignInCookie;
  readonly requestGuard: RequestGuard;
  readonly requestAuthenticator: RequestAuthenticator;
  readonly logger: Logger;
}

const PATH = '/api/auth/oidc';
const NEXT_LENGTH_MAX = 512;

export function addProviderSignInRoutes(
  app: FastifyInstance,
  options: ProviderSignInRoutesOptions,
): void {
  const routes = new ProviderSignInRoutes(options);
  app.get(PATH, (request) => routes.list(request));
  app.get(`${PATH}/pending`, (request) => routes.describe(request));
  app.post(`${PATH}/complete`, (request, reply) => routes.complete(request, reply));
  app.get(`${PATH}/:provider`, (request, reply) => routes.begin(request, reply));
  app.post(`${PATH}/:provider`, (request, reply) => routes.beginFor(request, reply));
  app.delete(`${PATH}/:provider`, (request) => routes.unlink(request));
  app.get(`${PATH}/:provider/callback`, (request, reply) => routes.finish(request, reply));
}

class ProviderSignInRoutes {
  readonly #options: ProviderSignInRoutesOptions;

  constructor(options: ProviderSignInRoutesOptions) {
    this.#options = options;
  }

  async begin(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    rejectPreload(request);
    const next = toOwnPath(queryOf(request).get('next'));
    return this.#redirect(reply, async () => {
      const from = this.#fromOf(request);
      const { url, step } = await this.#signIn.begin(providerOf(request), next, from);
      this.#keep(request, reply, step);
      return url;
    });
  }

  async list(request: FastifyRequest): Promise<object> {
    const { linked, hasPassword } = await this.#signIn.list(await this.#require(request));
    const providers = linked.map(({ name, label, canProve, sinceMs }) => ({
      ...{ name, label, canProve },
      ...(sinceMs !== undefined && { connectedAt: new Date(sinceMs).toISOString() }),
    }));
    return { providers, hasPassword };
  }

  /** A request of the page, whose origin is checked: no other site links an identity. */
  async beginFor(request: FastifyRequest, reply: FastifyReply): Promise<object> {
    const { link, next = null } = bodyOf(request, 'providerBeginning');
    const identity = await this.#require(request);
    const purpose = link === true ? 'link' : 'proof';
    const from = { ...this.#fromOf(request), next: toOwnPath(next) };
    try {
      const begun = await this.#signIn.beginFor(identity, providerOf(request), purpose, from);
      this.#keep(request, reply, begun.step);
      return { url: begun.url };
    } catch (error) {
      if (error instanceof SignInFailure) throw new ChatError('UNAVAILABLE');
      throw error;
    }
  }

  async unlink(request: FastifyRequest): Promise<object> {
    await this.#signIn.unlink(await this.#require(request), providerOf(request));
    return { success: true };
  }

  async finish(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    rejectPreload(request);
    const step = this.#stepOf(request);
    return this.#redirect(reply, async () => {
      // First: a response of the provider is used once, also if it is rejected.
      this.#keep(request, reply, undefined);
      const query = queryOf(request).toString();
      const client = this.#clientOf(request);
      const current = await this.#options.requestAuthenticator.identify(request.raw);
      const name = providerOf(request);
      const finished = await this.#signIn.finish(name, query, step, client, current);
      if (finished.kind === 'same-session') return finished.next;
      if (finished.kind === 'session') {
        this.#show(request, reply, finished.started);
        return finished.next;
      }
      this.#keep(request, reply, finished);
      return `${PAGE_PATHS.providerSignIn}${finished.needs === 'code' ? 'code' : 'new'}`;
    });
  }

  async describe(request: FastifyRequest): Promise<object> {
    return toPendingBody(this.#signIn.describe(this.#stepOf(request)));
  }

  async complete(request: FastifyRequest, reply: FastifyReply): Promise<object> {
    const completion = bodyOf(request, 'providerCompletion');
    const { newcomers, invites } = this.#options.chat;
    const step = this.#stepOf(request);
    const client = this.#clientOf(request);
    const { user, started, isNew } = await this.#signIn.complete(step, completion, client);
    this.#keep(request, reply, undefined);
    const { token, expiresAtMs } = started;
    this.#show(request, reply, started);
    const expiresAt = new Date(expiresAtMs).toISOString();
    const body = { success: true, token, expiresAt, user: toPublicUser(user) };
    if (!isNew) return body;
    const { id: userId, username } = user;
    const { address } = client;
    this.#options.logger.record({ event: 'account.registered', userId, username, address });
    await newcomers.welcome(user);
    const { invite } = completion;
    if (invite === undefined) return body;
    const rooms = await invites.enterRegistered(user, invite);
    return { ...body, rooms: rooms.map(toRoomBody) };
  }

  #require({ raw }: FastifyRequest): Promise<Identity> {
    return requireIdentity(this.#options.requestAuthenticator, raw);
  }

  get #signIn(): Chat['providerSignIn'] {
    return this.#options.chat.providerSignIn;
  }

  #stepOf({ raw }: FastifyRequest): SignInStep | undefined {
    return this.#options.signInCookie.read(raw.headers.cookie);
  }

  /** @param step Undefined deletes the cookie. */
  #keep({ raw }: FastifyRequest, reply: FastifyReply, step: SignInStep | undefined): void {
    const { signInCookie: cookie, requestGuard } = this.#options;
    const { isSecure } = requestGuard.clientInfoOf(raw);
    const value =
      step === undefined ? cookie.clear({ isSecure }) : cookie.write(step, { isSecure });
    reply.removeHeader('set-cookie').header('set-cookie', value);
  }

  #show({ raw }: FastifyRequest, reply: FastifyReply, { token }: StartedSession): void {
    const { requestAuthenticator, requestGuard } = this.#options;
    const { isSecure } = requestGuard.clientInfoOf(raw);
    reply.header('set-cookie', requestAuthenticator.cookie.write(token, { isSecure }));
  }

  #fromOf({ raw }: FastifyRequest): FromAddress {
    const { requestGuard } = this.#options;
    const { address: recorded } = requestGuard.clientInfoOf(raw);
    return { limited: requestGuard.limitedAddressOf(raw), recorded };
  }

  #clientOf(request: FastifyRequest): SessionClient & Pick<FromAddress, 'limited'> {
    const { limited, recorded: address } = this.#fromOf(request);
    return { limited, address, userAgent: userAgentOf(request.raw) };
  }

  /** Sends the browser on, or to the page that says why it cannot go on. */
  async #redirect(reply: FastifyReply, toUrl: () => Promise<string>): Promise<FastifyReply> {
    reply.header('cache-control', 'no-store');
    try {
      return reply.redirect(await toUrl(), 302);
    } catch (error) {
      const reason = failureOf(error);
      if (reason === undefined) throw error;
      return reply.redirect(`${PAGE_PATHS.providerSignIn}${reason}`, 302);
    }
  }
}

/**
 * The browser sends a navigation ahead while the page's worker starts, drops the answer, because the
 * worker leaves these addresses alone, and sends the request again. A response of the provider is used once.
 */
function rejectPreload({ headers }: FastifyRequest): void {
  if (headers['service-worker-navigation-preload'] === undefined) return;
  throw new ChatError('UNAVAILABLE');
}

function failureOf(error: unknown): string | undefined {
  if (error instanceof SignInFailure) return error.reason;
  if (!(error instanceof ChatError)) return undefined;
  if (error.code === 'RATE_LIMITED') return 'busy';
  return error.code === 'UNAVAILABLE' ? 'unavailable' : undefined;
}

function providerOf({ params }: FastifyRequest): string {
  return (params as { readonly provider: string }).provider;
}

/** As it was sent: the parser of Fastify changes repeated parameters. */
function queryOf({ raw }: FastifyRequest): URLSearchParams {
  const [, query = ''] = /\?(.*)$/s.exec(raw.url ?? '') ?? [];
  return new URLSearchParams(query);
}

/** A path of the page: another one could lead to a foreign site. */
function toOwnPath(written: string | null): string {
  const base = 'http://page.invalid';
  if (written === null || written.length > NEXT_LENGTH_MAX || !URL.canParse(written, base)) {
    return PAGE_PATH;
  }
  const { origin, pathname, search } = new URL(written, base);
  return origin === base && pathname.startsWith(PAGE_PATH) ? pathname + search : PAGE_PATH;
}

function toPendingBody({
  provider,
  label,
  needs,
  claims,
  next,
}: ReturnType<Chat['providerSignIn']['describe']>): object {
  const { username, displayName } = claims;
  return {
    ...{ provider, label, needs, next },
    ...(needs === 'account' && { username, ...(displayName !== undefined && { displayName }) }),
  };
}
