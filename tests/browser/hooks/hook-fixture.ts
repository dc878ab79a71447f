/** A server behind the front door, users with their own browsers, and a workspace with channels. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { build } from 'vite';
import { Account, PASSWORD } from '../../../packages/server/test/support/account.ts';
import { temporaryDirectory } from '../../../packages/server/test/support/temporary-directory.ts';
import { Workspace } from '../../../packages/server/test/support/workspace.ts';
import { BreakableServer } from '../../support/breakable-server.ts';
import { openProfile, type Profile } from '../../support/browser.ts';
import { FrontDoor } from './front-door.ts';
import { HookPage } from './hook-page.ts';
import { readmeExample } from './readme-example.ts';

interface HookUser {
  /** Through the front door, with a session of its own. */
  readonly account: Account;
  readonly profile: Profile;
}

export class HookFixture {
  readonly door: FrontDoor;
  readonly #server: BreakableServer;
  readonly #people = new Map<string, HookUser>();
  #workspace: Workspace | undefined;

  static async build(...names: string[]): Promise<HookFixture> {
    const starting = BreakableServer.start({ MESSAGE_RATE_MAX: '0' });
    const [server, pageFolder] = await Promise.all([starting, buildPage()]);
    const door = await FrontDoor.open({ pageFolder, port: new URL(server.url).port });
    const fixture = new HookFixture(server, door);
    for (const name of names) await fixture.#settle(name);
    const [founder = '', ...others] = names;
    fixture.#workspace = await Workspace.create(fixture.person(founder).account, ...others);
    return fixture;
  }

  private constructor(server: BreakableServer, door: FrontDoor) {
    this.#server = server;
    this.door = door;
  }

  person(name: string): HookUser {
    const person = this.#people.get(name);
    if (person === undefined) throw new Error(`There is no ${name}`);
    return person;
  }

  async createChannel(name: string): Promise<string> {
    if (this.#workspace === undefined) throw new Error('There is no workspace');
    return this.#workspace.createChannel(name);
  }

  /** Opens the page in this user's browser, for a channel or a conversation. */
  async visit(name: string, query: Record<string, string>): Promise<HookPage> {
    const { page } = this.person(name).profile;
    await page.goto(`${this.door.url}/hooks/?${new URLSearchParams(query)}`);
    return new HookPage(page, query['channel'] ?? query['recipient'] ?? '');
  }

  /** Gives the user's browser a session, with a cookie that scripts cannot read. */
  async logIn(name: string): Promise<void> {
    const { request } = this.#contextOf(name);
    await request.post(`${this.door.url}/login`, {
      data: { username: name, password: PASSWORD },
      headers: { origin: this.door.url },
    });
  }

  async logOut(name: string): Promise<void> {
    const { request } = this.#contextOf(name);
    await request.post(`${this.door.url}/api/auth/logout`, {
      data: {},
      headers: { origin: this.door.url },
    });
  }

  loseServer(): void {
    this.#server.lose();
  }

  findServer(): void {
    this.#server.find();
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
    const account = await Account.signUp(this.door.url, name);
    this.#people.set(name, { account, profile: await openProfile() });
    await this.logIn(name);
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
