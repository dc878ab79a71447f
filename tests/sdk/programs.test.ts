/** Programs of the SDK against the real server: the bot of the examples, and the chat of the README. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createParley, type Parley } from '@parley/client';
import { PASSWORD } from '../../packages/server/test/support/account.ts';
import { TestServer } from '../../packages/server/test/support/running-server.ts';
import { until } from '../../packages/server/test/support/wait.ts';

const client = join(import.meta.dirname, '../../packages/client');

class Program {
  readonly #child: ChildProcess;
  #output = '';

  constructor(file: string, args: readonly string[], environment: Record<string, string> = {}) {
    this.#child = spawn(process.execPath, [file, ...args], {
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (chunk) => (this.#output += chunk));
    this.#child.stderr?.on('data', (chunk) => (this.#output += chunk));
  }

  prints(text: string): Promise<void> {
    return until(() => this.#output.includes(text), `${text} in: ${this.#output}`);
  }

  write(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  endInput(): void {
    this.#child.stdin?.end();
  }

  /** Waits for the end; a program that was closed has no timer or socket left. */
  async ends(): Promise<number | null> {
    await until(() => this.#child.exitCode !== null, 'the end of the program');
    return this.#child.exitCode;
  }

  terminate(): void {
    this.#child.kill('SIGTERM');
  }
}

describe('programs with the SDK', () => {
  let server: TestServer;
  before(async () => {
    server = await TestServer.start();
  });
  after(() => server.close());

  async function connect(username: string): Promise<Parley> {
    await server.register(username);
    const { token } = await server.login(username);
    const parley = createParley({ url: server.url, auth: { getToken: () => token } });
    await parley.connect();
    return parley;
  }

  test('the bot answers in a thread, and ends on SIGTERM', async () => {
    await server.register('bot');
    const environment = {
      PARLEY_URL: server.url,
      PARLEY_USERNAME: 'bot',
      PARLEY_PASSWORD: PASSWORD,
    };
    const bot = new Program(join(client, 'examples/bot.mjs'), ['lobby'], environment);
    await bot.prints('ready');
    const alice = await connect('alice');
    const lobby = await alice.join('lobby');
    const answers: string[] = [];
    alice.on('message', ({ sender, content, parentId }) => {
      if (sender.username === 'bot') answers.push(`${content} ${parentId}`);
    });

    const asked = await lobby.send({ text: '!ping' }).done;
    await until(() => answers.length > 0, 'the answer of the bot');
    assert.deepEqual(answers, [`pong ${asked.id}`]);

    bot.terminate();
    assert.equal(await bot.ends(), 0);
    alice.close();
  });

  test('the chat of the README connects two users', async () => {
    const readme = await readFile(join(client, 'README.md'), 'utf8');
    const [, code = ''] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
    assert(code.split('\n').length <= 31, 'it has at most 30 lines');
    // In the package, so that its name resolves.
    const file = join(client, `examples/.readme-${process.pid}.mjs`);
    await writeFile(file, code);
    try {
      for (const username of ['carol', 'dave']) await server.register(username);
      const carol = new Program(file, [server.url, 'carol', PASSWORD, 'hall']);
      await carol.prints('* ready');
      const dave = new Program(file, [server.url, 'dave', PASSWORD, 'hall']);
      await dave.prints('* ready');
      carol.write('hello dave');
      await dave.prints('carol: hello dave');
      dave.write('hello carol');
      await carol.prints('dave: hello carol');
      for (const chat of [carol, dave]) {
        chat.endInput();
        assert.equal(await chat.ends(), 0);
      }
    } finally {
      await rm(file);
    }
  });
});
