/** Files that are chosen and not sent yet: they stay with their room, over reloads and in all tabs. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { pngOf } from '../../packages/server/test/support/png.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { browserSkip } from '../support/browser.ts';
import { storedIn } from '../support/stored-in-page.ts';
import { expectAccessibleAgain } from './accessible.ts';
import { choose, fileOf, filesReady, send, sendButton, tray } from './file-steps.ts';
import { Pair } from './pair.ts';
import { MOUSE, Person } from './person.ts';

describe('files of drafts', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;
  let isHeld = false;

  before(async () => {
    pair = await Pair.openIn('plans');
    ({ alice, bob } = pair);
    await alice.join('other');
    await goTo('plans');
    await filesReady(alice);
    // Those that are held back are never answered.
    await alice.page.context().route('**/api/upload', async (route) => {
      if (!isHeld) await route.continue();
    });
  });
  after(() => pair?.close());

  async function goTo(room: string): Promise<void> {
    await alice.listed('Rooms', room).click();
    await alice.logOf(room).waitFor();
  }
  const draftsLink = ({ page }: Person): Locator => page.getByRole('link', { name: /^Drafts/ });
  const downloadOf = (name: string): Locator =>
    bob.page.getByRole('link', { name: `Download ${name}` });
  const isReady = ({ page }: Person): Promise<void> =>
    page.locator('[aria-label="Send"]:not([aria-disabled="true"])').waitFor();
  /** Files that IndexedDB keeps. */
  const storedFiles = (page: Page): Promise<number> =>
    page.evaluate(async () => {
      const databases = await indexedDB.databases();
      if (!databases.some(({ name }) => name === 'parley-draft-files')) return 0;
      const result = <Value>(request: IDBRequest<Value>) =>
        new Promise<Value>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      const database = await result(indexedDB.open('parley-draft-files'));
      const count = await result(database.transaction('files').objectStore('files').count());
      database.close();
      return count;
    });

  test('stay with their room, which is among the drafts', async () => {
    const { page } = alice;
    await choose(alice, fileOf('plan.png', pngOf(60, 40)), fileOf('notes.txt', 'x'));
    await isReady(alice);
    await page.getByRole('textbox', { name: 'Description of plan.png' }).fill('The plan');
    await goTo('other');
    assert.equal(await tray(alice).count(), 0);

    await draftsLink(alice).click();
    const row = page.getByRole('list', { name: 'Drafts' }).getByRole('link', { name: /^plans/ });
    await row.getByText('plan.png · notes.txt').waitFor();
    await row.click();
    await tray(alice).getByText('notes.txt').waitFor();
    await send(alice);

    await bob.messages.getByRole('img', { name: 'The plan' }).waitFor();
    await draftsLink(alice).waitFor({ state: 'detached' });
    await goTo('other');
    await goTo('plans');
    assert.equal(await tray(alice).count(), 0);
  });

  test('are uploaded while another room is open', async () => {
    const gate = Promise.withResolvers<void>();
    await alice.page.route('**/api/upload', async (route) => {
      await gate.promise;
      await route.fallback();
    });
    const uploaded = alice.page.waitForResponse('**/api/upload');
    await choose(alice, fileOf('slow.txt', 'slow'));
    await tray(alice).getByText('slow.txt').waitFor();
    await alice.composer.fill('at last');
    await goTo('other');
    gate.resolve();
    await uploaded;
    await goTo('plans');
    await send(alice);

    await bob.sees('at last');
    await downloadOf('slow.txt').waitFor();
    await alice.page.unroute('**/api/upload');
  });

  test('stay in their thread', async () => {
    const { page } = alice;
    await alice.say('a question');
    await alice.sees('a question');
    await alice.messageWith('a question').focus();
    await page.keyboard.press('r');
    const thread = page.getByRole('region', { name: 'Thread' });
    const files = thread.getByRole('list', { name: 'Files of this message' });
    const input = thread.locator('form[data-files] input[type="file"]');
    await input.setInputFiles([fileOf('answer.txt', 'yes')]);
    await files.getByText('answer.txt').waitFor();
    await alice.press('Close thread');
    await thread.waitFor({ state: 'detached' });
    assert.equal(await tray(alice).count(), 0);
    await alice.messageWith('a question').focus();
    await page.keyboard.press('r');
    await files.getByText('answer.txt').waitFor();
    await thread.locator('[aria-label="Send"]:not([aria-disabled="true"])').click();
    await files.waitFor({ state: 'detached' });
    await thread.getByRole('link', { name: 'Download answer.txt' }).waitFor();
    await alice.press('Close thread');
  });

  test('are there after a reload, with their descriptions', async () => {
    const { page } = alice;
    await choose(alice, fileOf('map.png', pngOf(300, 200)));
    await isReady(alice);
    const description = page.getByRole('textbox', { name: 'Description of map.png' });
    await description.fill('A map');
    await until(async () => (await storedFiles(page)) === 0, 'no bytes of what is uploaded');
    await page.reload();

    await tray(alice).getByText('map.png').waitFor();
    assert.equal(await description.inputValue(), 'A map');
    await page.waitForFunction(() => {
      const preview = document.querySelector<HTMLImageElement>('form img');
      return preview !== null && preview.naturalWidth > 0;
    });
    await expectAccessibleAgain(page);
    await send(alice);
    await bob.messages.getByRole('img', { name: 'A map' }).waitFor();
  });

  test('are uploaded after a reload that came before the end of their upload', async () => {
    const { page } = alice;
    isHeld = true;
    await choose(alice, fileOf('first.txt', 'one'), fileOf('second.txt', 'two'));
    await until(async () => (await storedFiles(page)) === 2, 'the bytes in the browser');
    isHeld = false;
    await page.reload();

    await tray(alice).getByText('second.txt').waitFor();
    await send(alice);
    await downloadOf('first.txt').waitFor();
    await downloadOf('second.txt').waitFor();
    await until(async () => (await storedFiles(page)) === 0, 'no bytes in the browser');
  });

  test('that the browser cannot keep are asked for before the page unloads', async () => {
    const { page } = alice;
    const questions: string[] = [];
    page.on('dialog', (dialog) => {
      questions.push(dialog.type());
      void dialog.accept();
    });
    isHeld = true;
    await page.evaluate(() => {
      IDBObjectStore.prototype.put = () => {
        throw new DOMException('No space', 'QuotaExceededError');
      };
    });
    await choose(alice, fileOf('lost.txt', 'x'));
    await tray(alice).getByText('lost.txt').waitFor();
    await page.reload();
    assert.deepEqual(questions, ['beforeunload']);

    await tray(alice).getByText('The browser has not kept it. Choose it again.').waitFor();
    assert.equal(await sendButton(alice).getAttribute('aria-disabled'), 'true');
    isHeld = false;
    await alice.press('Remove lost.txt');
    await tray(alice).waitFor({ state: 'detached' });
    page.removeAllListeners('dialog');
  });

  test('that the server has deleted meanwhile say so', async () => {
    const { page } = alice;
    await choose(alice, fileOf('old.txt', 'x'));
    await isReady(alice);
    // As after a day.
    await page.route('**/api/files/*', (route) => route.fulfill({ status: 404 }));
    await page.reload();

    await tray(alice).getByText('then deleted it. Choose it again.').waitFor();
    assert.equal(await sendButton(alice).getAttribute('aria-disabled'), 'true');
    await alice.press('Remove old.txt');
    await tray(alice).waitFor({ state: 'detached' });

    // Those that are still in the memory of the page are uploaded again.
    await choose(alice, fileOf('again.txt', 'x'));
    await isReady(alice);
    const uploaded = page.waitForResponse('**/api/upload');
    await goTo('other');
    await goTo('plans');
    await uploaded;
    await page.unroute('**/api/files/*');
    await send(alice);
    await downloadOf('again.txt').waitFor();
  });

  test('are in all tabs, uploaded by one of them, and sent once', async () => {
    let uploads = 0;
    alice.page.context().on('request', (request) => {
      if (request.url().endsWith('/api/upload')) uploads += 1;
    });
    const page = await alice.page.context().newPage();
    await page.goto(alice.page.url());
    const tab = new Person(page, 'alice', MOUSE);
    await tab.composer.waitFor();
    isHeld = true;
    await choose(alice, fileOf('shared.txt', 'x'));
    await tray(tab).getByText('shared.txt').waitFor();
    await until(async () => (await storedFiles(page)) === 1, 'the bytes in the browser');
    isHeld = false;
    // The other goes on when the one that uploads is gone.
    await alice.page.goto('about:blank');
    await isReady(tab);
    await alice.page.goto(tab.page.url());
    await tray(alice).getByText('shared.txt').waitFor();
    await isReady(alice);
    await send(tab);

    await tray(alice).waitFor({ state: 'detached' });
    await downloadOf('shared.txt').waitFor();
    assert.equal(await downloadOf('shared.txt').count(), 1);
    assert.equal(uploads, 2);
    await page.close();
  });

  test('are asked for before a logout, which deletes them', async () => {
    const { page } = alice;
    isHeld = true;
    await choose(alice, fileOf('secret.txt', 'x'));
    await until(async () => (await storedFiles(page)) === 1, 'the bytes in the browser');
    await alice.press('Log out');
    const dialog = page.getByRole('dialog', { name: /^Log out and delete/ });
    await dialog.getByText('You have 1 draft.').waitFor();
    await alice.press('Log out and delete', dialog);
    await page.getByRole('button', { name: 'Log in' }).waitFor();

    assert.equal((await storedIn(page)).includes('secret.txt'), false);
    await until(async () => (await storedFiles(page)) === 0, 'no bytes in the browser');
  });
});
