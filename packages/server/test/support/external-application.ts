/**
 * An application with its own login: Express, express-session and connect-redis, set up as
 * documented.
 */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { createClient } from 'redis';

declare module 'express-session' {
  interface SessionData {
    userId: string;
    username: string;
    role: string;
  }
}

export class ExternalApplication {
  readonly #server: Server;
  readonly #client: { destroy(): void };

  static async start(options: {
    readonly redisUrl: string;
    readonly secrets: readonly string[];
    readonly maxAgeMs?: number;
  }): Promise<ExternalApplication> {
    const client = createClient({ url: options.redisUrl });
    client.on('error', () => {
      // The tests close it themselves.
    });
    await client.connect();
    const app = express();
    app.use(
      session({
        store: new RedisStore({ client }),
        secret: [...options.secrets],
        resave: false,
        saveUninitialized: true,
        ...(options.maxAgeMs === undefined ? {} : { cookie: { maxAge: options.maxAgeMs } }),
      }),
    );
    app.post('/login/:userId/:username', (request, response) => {
      request.session.userId = request.params.userId;
      request.session.username = request.params.username;
      if (request.params.username === 'alice') request.session.role = 'teacher';
      response.json({});
    });
    app.post('/logout', (request, response, next) => {
      request.session.destroy((error) => (error ? next(error) : response.json({})));
    });
    app.get('/me', (request, response) => {
      response.json({ userId: request.session.userId ?? null });
    });
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ExternalApplication(server, client);
  }

  private constructor(server: Server, client: { destroy(): void }) {
    this.#server = server;
    this.#client = client;
  }

  /** Returns the cookie of a new session; without `person` the session has no user. */
  async cookie(person?: { readonly userId: string; readonly username: string }): Promise<string> {
    const path = person === undefined ? '/me' : `/login/${person.userId}/${person.username}`;
    const answer = await this.#ask(person === undefined ? 'GET' : 'POST', path);
    return answer.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '';
  }

  /** Changes the user of the same session. */
  async login(cookie: string, userId: string, username: string): Promise<void> {
    await this.#ask('POST', `/login/${userId}/${username}`, cookie);
  }

  async logout(cookie: string): Promise<void> {
    await this.#ask('POST', '/logout', cookie);
  }

  async me(cookie: string): Promise<string | null> {
    const answer = await this.#ask('GET', '/me', cookie);
    return ((await answer.json()) as { userId: string | null }).userId;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    this.#client.destroy();
  }

  async #ask(method: string, path: string, cookie = ''): Promise<Response> {
    const address = this.#server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { cookie } });
    // express-session sends the last byte after it has stored the session, and the headers before.
    await answer.clone().arrayBuffer();
    return answer;
  }
}
