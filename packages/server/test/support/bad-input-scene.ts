/** Three users of one dialect on one server: mallory sends bad input while alice writes to bob. */
import assert from 'node:assert/strict';
import type { Account } from './account.ts';
import type { BadInputDialect } from './bad-commands.ts';
import { TestServer } from './running-server.ts';

export interface Answer {
  readonly code?: string;
  readonly field?: string;
  readonly message?: unknown;
  readonly retryAfter?: number;
  readonly sequence?: number | undefined;
}

export interface DialectClient {
  /** Sends a command, and returns its answer: what was stored, or the error. */
  ask(type: string, payload: unknown): Promise<Answer>;
  /** Sends bytes that are not a command, and returns the error. */
  askRaw?(frame: string | Buffer): Promise<Answer>;
  /** Received events; not the answers to this client's commands. */
  readonly events: unknown[];
  /** Resolves when the server has answered everything sent so far. */
  settled(): Promise<void>;
  /** Resolves when the server has closed the connection; to the close code if it is visible. */
  ended(): Promise<number | undefined>;
  close(): void;
}

type Names = 'alice' | 'bob' | 'mallory';
export type Accounts = Readonly<Record<Names, Account>>;

export class BadInputScene {
  readonly #dialect: BadInputDialect;
  #server!: TestServer;
  #accounts!: Accounts;
  #clients!: Readonly<Record<Names, DialectClient>>;
  #values!: Readonly<Record<string, string>>;
  #sequence = 0;

  constructor(dialect: BadInputDialect) {
    this.#dialect = dialect;
  }

  async start(settings: Record<string, string>): Promise<void> {
    const server = await TestServer.start(settings);
    this.#server = server;
    const [alice, bob, mallory] = [
      await server.signUp('alice'),
      await server.signUp('bob'),
      await server.signUp('mallory'),
    ];
    this.#accounts = { alice, bob, mallory };
    this.#values = {
      alice: alice.userId,
      bob: bob.userId,
      mallory: mallory.userId,
      ...(await this.#dialect.prepare(server, this.#accounts)),
    };
    this.#clients = {
      alice: await this.connect('alice'),
      bob: await this.connect('bob'),
      mallory: await this.connect('mallory'),
    };
    for (const client of Object.values(this.#clients)) {
      await this.#dialect.open?.(client, this.#values['room'] ?? '');
    }
    await this.forget();
    await this.restart();
  }

  get server(): TestServer {
    return this.#server;
  }

  get accounts(): Accounts {
    return this.#accounts;
  }

  get alice(): DialectClient {
    return this.#clients.alice;
  }

  get bob(): DialectClient {
    return this.#clients.bob;
  }

  get mallory(): DialectClient {
    return this.#clients.mallory;
  }

  /** Opens one more connection of this user. */
  connect(name: Names): Promise<DialectClient> {
    return this.#dialect.connect(this.#server, this.#accounts[name]);
  }

  /** Puts the values of this server in place of the placeholders. */
  fill(payload: unknown): unknown {
    if (payload === undefined) return undefined;
    const text = JSON.stringify(payload).replace(/\{(\w+)\}/g, (placeholder, name: string) => {
      return this.#values[name] ?? placeholder;
    });
    return JSON.parse(text);
  }

  /** Alice writes to bob. Resolves to the answer, once bob has received the message. */
  async say(content: string): Promise<Answer> {
    const { type, target, toBob } = this.#dialect.message;
    const answer = await this.alice.ask(type, this.fill({ [target]: toBob, content }));
    assert.equal(answer.code, undefined);
    await this.bob.settled();
    return answer;
  }

  /** Takes the current position as the one after which nothing may be stored. */
  async restart(): Promise<void> {
    this.#sequence = (await this.say('begins')).sequence ?? 0;
    await this.forget();
  }

  /** Without the number of members, which is sent once a second, after the scene has begun too. */
  received(name: Names): readonly unknown[] {
    return this.#clients[name].events.filter(
      (event) => (event as { readonly type?: unknown }).type !== 'member_total',
    );
  }

  /** Fails if other clients received anything, if a message was stored, or if talk has stopped. */
  async assertUndisturbed(): Promise<void> {
    await Promise.all([this.alice.settled(), this.bob.settled()]);
    assert.deepEqual([...this.received('alice'), ...this.received('bob')], []);
    this.#sequence += 1;
    assert.equal((await this.say('still here')).sequence, this.#sequence);
    assert.equal(this.received('bob').length, 1);
    assert.match(JSON.stringify(this.received('bob')), /still here/);
    await this.#dialect.assertNothingStored?.(this.#accounts);
  }

  /** Drops the events that were received so far. */
  async forget(): Promise<void> {
    for (const client of Object.values(this.#clients)) {
      await client.settled();
      client.events.length = 0;
    }
  }

  async close(): Promise<void> {
    for (const client of Object.values(this.#clients)) client.close();
    await this.#server.close();
  }
}
