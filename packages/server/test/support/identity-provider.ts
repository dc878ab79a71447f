/** A real OpenID provider (`oidc-provider`) on loopback, whose user agrees to everything at once. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

interface Person {
  readonly claims: Readonly<Record<string, unknown>>;
}

const CLIENT = { client_id: 'parley', client_secret: 'the secret of the client' };

export class IdentityProvider {
  readonly issuer: string;
  readonly #server: Server;
  /** Signs in at the provider next; undefined refuses. */
  person: string | undefined = 'alice';
  readonly people = new Map<string, Person['claims']>();
  /** Number of sign-ins with a prompt. */
  prompts = 0;

  static async start(redirectUrl: string): Promise<IdentityProvider> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new IdentityProvider(server, redirectUrl);
  }

  private constructor(server: Server, redirectUrl: string) {
    this.#server = server;
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const provider = new Provider(this.issuer, {
      clients: [
        {
          ...CLIENT,
          redirect_uris: [redirectUrl],
          token_endpoint_auth_method: 'client_secret_post',
        },
      ],
      claims: {
        openid: ['sub'],
        profile: ['name', 'preferred_username', 'groups'],
        email: ['email', 'email_verified'],
      },
      pkce: { required: () => true },
      features: { devInteractions: { enabled: false } },
      cookies: { keys: ['a key of this test'] },
      interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
      findAccount: (_context, accountId) => ({
        accountId,
        claims: () => ({ sub: accountId, ...this.people.get(accountId) }),
      }),
      loadExistingGrant: async ({ oidc }) => {
        const { client, session } = oidc;
        if (client === undefined || session?.accountId === undefined) return undefined;
        const { clientId } = client;
        const grant = new oidc.provider.Grant({ clientId, accountId: session.accountId });
        grant.addOIDCScope('openid profile email');
        await grant.save();
        return grant;
      },
    });
    const answer = provider.callback();
    server.on('request', (request, response) => {
      if (!request.url?.startsWith('/interaction/')) {
        void answer(request, response);
        return;
      }
      this.prompts += 1;
      const result =
        this.person === undefined
          ? { error: 'access_denied' }
          : { login: { accountId: this.person } };
      void provider.interactionFinished(request, response, result);
    });
  }

  /** Fields of the file of `OIDC_PROVIDERS_FILE`. */
  get settings(): object {
    const { client_id: clientId, client_secret: clientSecret } = CLIENT;
    return { issuer: this.issuer, clientId, clientSecret };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A browser without pages: it follows redirects, and keeps cookies by origin. */
export class CookieJar {
  readonly #cookies = new Map<string, Map<string, string>>();

  /** Follows redirects until `isEnd`, or an answer that is none. Returns the last address. */
  async visit(
    url: string,
    isEnd: (url: URL) => boolean = ({ pathname }) => pathname.startsWith('/app/'),
  ): Promise<{ readonly url: URL; readonly status: number }> {
    let at = new URL(url);
    for (let redirects = 0; redirects < 10; redirects += 1) {
      if (isEnd(at)) return { url: at, status: 200 };
      const answer = await this.fetch(at.href, { redirect: 'manual' });
      const location = answer.headers.get('location');
      if (location === null) return { url: at, status: answer.status };
      at = new URL(location, at);
    }
    throw new Error(`Too many redirects: ${at.pathname}`);
  }

  async fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const { origin } = new URL(url);
    const own = this.#cookies.get(origin) ?? new Map<string, string>();
    this.#cookies.set(origin, own);
    const cookie = [...own].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(init.headers as Record<string, string>), ...(cookie && { cookie }) };
    const answer = await fetch(url, { ...init, headers });
    for (const set of answer.headers.getSetCookie()) {
      const [pair = ''] = set.split(';', 1);
      const [name = '', value = ''] = [
        pair.slice(0, pair.indexOf('=')),
        pair.slice(pair.indexOf('=') + 1),
      ];
      if (value === '' || /max-age=0(;|$)/i.test(set)) own.delete(name);
      else own.set(name, value);
    }
    return answer;
  }

  post(url: string, body: object): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return this.fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  cookieOf(origin: string, name: string): string | undefined {
    return this.#cookies.get(origin)?.get(name);
  }

  setCookie(origin: string, name: string, value: string): void {
    const own = this.#cookies.get(origin) ?? new Map<string, string>();
    this.#cookies.set(origin, own.set(name, value));
  }
}
