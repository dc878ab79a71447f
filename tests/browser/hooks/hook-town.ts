/** A server behind a front door, people with browsers of their own, and a workspace with channels. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { build } from 'vite';
import { temporaryDirectory } from '../../../packages/server/test/support/temporary-directory.ts';
import { openProfile, type Profile } from '../../support/browser.ts';
import { findFreePort, ParleyProcess } from '../../support/parley-process.ts';
import { PASSWORD } from '../person.ts';
import { FrontDoor } from './front-door.ts';
import { HookPage } from './hook-page.ts';
import { readmeExample } from './readme-example.ts';

export interface Townsman {
  readonly userId: string;
  readonly cookie: string;
  readonly profile: Profile;
}

export class HookTown {
  readonly door: FrontDoor;
  readonly #settings: { readonly PORT: string; readonly DATA_DIR: string };
  #server: ParleyProcess;
  readonly #people = new Map<string, Townsman>();
  #workspaceId = '';

  static async build(...names: string[]): Promise<HookTown> {
    const settings = {
      PORT: await findFreePort(),
      DATA_DIR: temporaryDirectory(),
      MESSAGE_RATE_MAX: '0',
    };
    const [server, pageFolder] = await Promise.all([ParleyProcess.start(settings), buildPage()]);
    const door = await FrontDoor.open({ pageFolder, port: settings.PORT });
    const town = new HookTown(server, door, settings);
    for (const name of names) await town.#settle(name);
    await town.#found(names);
    return town;
  }

  private constructor(
    server: ParleyProcess,
    door: FrontDoor,
    settings: { readonly PORT: string; readonly DATA_DIR: string },
  ) {
    this.#server = server;
    this.door = door;
    this.#settings = settings;
  }

  person(name: string): Townsman {
    const person = this.#people.get(name);
    if (person === undefined) throw new Error(`There is no ${name}`);
    return person;
  }

  async newChannel(name: string): Promise<string> {
    const path = `/api/workspaces/${this.#workspaceId}/channels`;
    const { channel } = (await this.call('alice', 'POST', path, { name })) as {
      channel: { id: string };
    };
    return channel.id;
  }

  /** Opens the page in this person's browser: at a channel, or at a conversation. */
  async visit(name: string, query: Record<string, string>): Promise<HookPage> {
    const { page } = this.person(name).profile;
    await page.goto(`${this.door.url}/hooks/?${new URLSearchParams(query)}`);
    return new HookPage(page, query['channel'] ?? query['recipient'] ?? '');
  }

  /** Through the front door, as this person. */
  async call(name: string, method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(this.door.url + path, {
      method,
      headers: { 'content-type': 'application/json', cookie: this.person(name).cookie },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
    return response.json();
  }

  /** The person's browser gets a session, with a cookie that no script can read. */
  async logIn(name: string): Promise<{ readonly user: { readonly id: string } }> {
    const { request } = this.#contextOf(name);
    const answer = await request.post(`${this.door.url}/login`, {
      data: { username: name, password: PASSWORD },
      headers: { origin: this.door.url },
    });
    return answer.json();
  }

  async logOut(name: string): Promise<void> {
    const { request } = this.#contextOf(name);
    await request.post(`${this.door.url}/api/auth/logout`, {
      data: {},
      headers: { origin: this.door.url },
    });
  }

  kill(): Promise<void> {
    return this.#server.kill();
  }

  async restart(): Promise<void> {
    this.#server = await ParleyProcess.start(this.#settings);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#people.values()].map(({ profile }) => profile.close()));
    await this.door.close();
    await this.#server.stop();
  }

  #contextOf(name: string): Profile['context'] {
    return this.person(name).profile.context;
  }

  async #settle(name: string): Promise<void> {
    const profile = await openProfile();
    const { url } = this.door;
    const body = { username: name, password: PASSWORD };
    const headers = { 'content-type': 'application/json' };
    await fetch(`${url}/register`, { method: 'POST', headers, body: JSON.stringify(body) });
    // A session for the test itself, beside the browser's own.
    const login = await fetch(`${url}/login`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    this.#people.set(name, { userId: '', cookie, profile });
    const { user } = await this.logIn(name);
    this.#people.set(name, { userId: user.id, cookie, profile });
  }

  /** The first of them makes a workspace and takes the others in. */
  async #found([founder = '', ...others]: readonly string[]): Promise<void> {
    const { workspace } = (await this.call(founder, 'POST', '/api/workspaces', {
      name: 'Town',
    })) as { workspace: { id: string } };
    this.#workspaceId = workspace.id;
    for (const username of others) {
      await this.call(founder, 'POST', `/api/workspaces/${workspace.id}/members`, { username });
    }
  }
}

async function buildPage(): Promise<string> {
  const outDir = mkdtempSync(join(temporaryDirectory(), 'page-'));
  const root = join(import.meta.dirname, 'page');
  const input = ['index.html', 'readme.html'].map((name) => join(root, name));
  await build({
    root,
    base: '/hooks/',
    configFile: false,
    logLevel: 'error',
    plugins: [react(), readmeExample()],
    build: { outDir, emptyOutDir: true, rollupOptions: { input } },
  });
  return outDir;
}
