/** The page on bad networks: after a sleep that lost the connection, and with long delays. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account } from '../../packages/server/test/support/account.ts';
import { StoppableProxy } from '../../packages/server/test/support/stoppable-proxy.ts';
import { TcpProxy } from '../../packages/server/test/support/tcp-proxy.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { PageServer } from '../support/page-server.ts';
import { MOUSE, Person } from './person.ts';

/** Time that each piece of data waits, in each direction. */
const DELAY_MS = 300;

describe('the page on a bad network', { skip: browserSkip() }, () => {
  let server: PageServer;
  let bob: TestSocket;
  let roomId: string;
  before(async () => {
    server = await PageServer.start({ MESSAGE_RATE_MAX: '0' });
    bob = await (await Account.signUp(server.url, 'bob')).connect();
    ({ roomId } = await bob.joinRoom({ roomName: 'lobby' }));
  });
  after(async () => {
    bob?.close();
    await server?.stop();
  });

  async function withPerson(
    url: string,
    name: string,
    run: (person: Person, profile: Profile) => Promise<void>,
  ): Promise<void> {
    const profile = await openProfile({ viewport: { width: 900, height: 2_400 } });
    try {
      const person = new Person(profile.page, name, MOUSE);
      await person.openWithAccount(url);
      await person.join('lobby');
      await run(person, profile);
    } finally {
      await profile.close();
    }
  }

  const textsOf = async (person: Person): Promise<string[]> =>
    (await person.shown()).map(({ text }) => text);

  test('shows what was written during a sleep, once and in order', async () => {
    const proxy = await StoppableProxy.before(server.url);
    await withPerson(proxy.url, 'alice', async (alice, { context }) => {
      // The machine sleeps. When it wakes, the other side of its connections is gone.
      proxy.stop();
      await context.setOffline(true);
      const texts = Array.from({ length: 20 }, (_, n) => `night ${n}`);
      for (const content of texts) await bob.sendMessage({ roomId, content });
      await context.setOffline(false);

      await alice.sees('night 19');
      assert.deepEqual(await textsOf(alice), texts);
      await alice.say('good morning');
      await alice.sees('good morning');
    });
    proxy.close();
  });

  test('shows own messages at once on a slow network, and sends each once in order', async () => {
    const { hostname: host, port } = new URL(server.url);
    const proxy = await TcpProxy.start({ host, port: Number(port) });
    await withPerson(`http://127.0.0.1:${proxy.port}`, 'carol', async (carol) => {
      proxy.delayMs = DELAY_MS;
      const texts = Array.from({ length: 5 }, (_, n) => `slow ${n}`);
      for (const text of texts) await carol.say(text);
      // Before the first answer can have arrived.
      await carol.messageWith('slow 4').and(carol.page.locator('[data-state="pending"]')).waitFor();
      for (const text of texts) await carol.sees(text);
      const own = (await textsOf(carol)).filter((text) => text.startsWith('slow'));
      assert.deepEqual(own, texts);
      const { history } = await bob.joinRoom({ roomName: 'lobby' });
      const stored = history.map(({ content }) => content);
      assert.deepEqual(
        stored.filter((text) => text.startsWith('slow')),
        texts,
      );
    });
    await proxy.close();
  });
});
