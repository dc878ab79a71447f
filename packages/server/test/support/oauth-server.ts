/**
 * An OAuth 2 server on loopback with the API of GitHub, whose user agrees to everything at once. It checks
 * what GitHub checks: the client, its secret, the redirect address, and PKCE; each code works once.
 */
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const CLIENT = { clientId: 'parley', clientSecret: 'the secret of the client' };

interface GithubUser {
  readonly id: unknown;
  readonly login: string;
  readonly name?: string | null;
}

interface Grant {
  readonly user: GithubUser;
  readonly challenge: string;
}

export class OAuthServer {
  readonly issuer: string;
  readonly #server: Server;
  readonly #redirectUrl: string;
  readonly #codes = new Map<string, Grant>();
  readonly #tokens = new Map<string, GithubUser>();
  /** Signs in next; undefined refuses. */
  person: GithubUser | undefined = { id: 1, login: 'alice' };

  static async start(redirectUrl: string): Promise<OAuthServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new OAuthServer(server, redirectUrl);
  }

  private constructor(server: Server, redirectUrl: string) {
    this.#server = server;
    this.#redirectUrl = redirectUrl;
    this.issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  /** Fields of the file of `OIDC_PROVIDERS_FILE`. */
  get settings(): object {
    return { preset: 'github', issuer: this.issuer, ...CLIENT };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.issuer);
    switch (`${request.method} ${url.pathname}`) {
      case 'GET /login/oauth/authorize':
        return this.#authorize(url.searchParams, response);
      case 'POST /login/oauth/access_token':
        return this.#exchange(request, response);
      case 'GET /api/v3/user': {
        const user = this.#tokens.get(request.headers.authorization ?? '');
        if (user === undefined) return send(response, 401, { message: 'Bad credentials' });
        return send(response, 200, user);
      }
      default:
        send(response, 404, {});
    }
  }

  #authorize(query: URLSearchParams, response: ServerResponse): void {
    const redirect = query.get('redirect_uri');
    const challenge = query.get('code_challenge') ?? '';
    const isKnown = query.get('client_id') === CLIENT.clientId && redirect === this.#redirectUrl;
    const isSafe = challenge !== '' && query.get('code_challenge_method') === 'S256';
    if (!isKnown || !isSafe || redirect === null) {
      send(response, 400, {});
      return;
    }
    const back = new URL(redirect);
    back.searchParams.set('state', query.get('state') ?? '');
    if (this.person === undefined) back.searchParams.set('error', 'access_denied');
    else {
      const code = randomUUID();
      this.#codes.set(code, { user: this.person, challenge });
      back.searchParams.set('code', code);
    }
    response.writeHead(302, { location: back.href }).end();
  }

  async #exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const code = form.get('code') ?? '';
    const grant = this.#codes.get(code);
    this.#codes.delete(code);
    const isClient =
      form.get('client_id') === CLIENT.clientId &&
      form.get('client_secret') === CLIENT.clientSecret;
    const verifier = form.get('code_verifier') ?? '';
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const isOwn = grant?.challenge === challenge && form.get('redirect_uri') === this.#redirectUrl;
    // As GitHub does, with status 200.
    if (!isClient) return send(response, 200, { error: 'incorrect_client_credentials' });
    if (grant === undefined || !isOwn) {
      return send(response, 200, { error: 'bad_verification_code' });
    }
    const token = randomUUID();
    this.#tokens.set(`Bearer ${token}`, grant.user);
    send(response, 200, { access_token: token, token_type: 'bearer', scope: 'read:user' });
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
