/** Unsent messages in IndexedDB: over a reload, and between the tabs of a browser. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type * as Sdk from '@parley/client';
import type { Page } from 'playwright-core';
import { PASSWORD } from '../../packages/server/test/support/account.ts';
import { TestServer } from '../../packages/server/test/support/running-server.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { browserSkip, openProfile, type Profile } from '../support/browser.ts';
import { pageScript } from '../support/page-script.ts';
import { sentIn } from '../support/sent-in-page.ts';

/** Globals of the page. */
declare const sdk: typeof Sdk;
declare let client: Sdk.Parley;

describe('the outbox in IndexedDB', { skip: browserSkip() }, () => {
  let server: TestServer;
  let profile: Profile;
  let script: string;
  let roomId: string;
  before(async () => {
    script = await pageScript(`export * from '@parley/client'`, 'sdk');
    server = await TestServer.start();
    await server.register('alice');
    const alice = await (await server.login('alice')).connect();
    ({ roomId } = await alice.joinRoom({ roomName: 'lobby' }));
    alice.close();
    profile = await openProfile();
    const page = await openTab();
    await page.evaluate(
      async ([username, password]) => {
        const headers = { 'content-type': 'application/json' };
        const body = JSON.stringify({ username, password });
        await fetch('/login', { method: 'POST', headers, body });
      },
      ['alice', PASSWORD],
    );
    await page.close();
  });
  after(async () => {
    await profile?.close();
    await server?.close();
  });

  /** A page of the server's origin, with a client that is not connected. */
  async function openTab(): Promise<Page> {
    const page = await profile.context.newPage();
    await load(page);
    return page;
  }

  async function load(page: Page): Promise<void> {
    await page.goto(`${server.url}/health`);
    await page.evaluate(script);
    await page.evaluate(() => {
      const storage = sdk.indexedDb({ account: 'alice' });
      const page = globalThis as unknown as { client: Sdk.Parley };
      page.client = sdk.createParley({ url: location.origin, storage });
    });
  }

  const send = (page: Page, text: string): Promise<void> =>
    page.evaluate(
      ([id = '', content = '']) => {
        client.room(id).send({ text: content });
      },
      [roomId, text],
    );

  const write = async (page: Page, text: string): Promise<void> => {
    await send(page, text);
    await until(() => stored(page, text), 'the entry in the database');
  };

  const stored = (page: Page, text: string): Promise<boolean> =>
    page.evaluate(async (content) => {
      const result = <Value>(request: IDBRequest<Value>) =>
        new Promise<Value>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      const database = await result(indexedDB.open('parley-outbox alice', 1));
      const entries = database.transaction('entries').objectStore('entries');
      const all = (await result(entries.getAll())) as { content: string }[];
      database.close();
      return all.some((entry) => entry.content === content);
    }, text);

  const connect = (page: Page): Promise<void> =>
    page.evaluate(async (id) => {
      await client.connect();
      await client.room(id).open();
    }, roomId);

  const shown = (page: Page): Promise<string[]> => sentIn(page, roomId);

  test('sends what was written before a reload', async () => {
    const page = await openTab();
    await write(page, 'before the reload');
    await load(page);
    await connect(page);
    await until(async () => (await shown(page)).includes('before the reload'), 'the message');
    assert.equal(await stored(page, 'before the reload'), false);
    await page.close();
  });

  test('sends the messages of a closed tab from another, once', async () => {
    const first = await openTab();
    await write(first, 'of the first tab');
    const second = await openTab();
    await connect(second);
    await send(second, 'of the second tab');
    await until(async () => (await shown(second)).includes('of the second tab'), 'its own message');
    assert.equal((await shown(second)).includes('of the first tab'), false);

    await first.close();
    await until(
      async () => (await shown(second)).includes('of the first tab'),
      'the other message',
    );
    assert.equal(await stored(second, 'of the first tab'), false);
    await second.close();
  });
});
