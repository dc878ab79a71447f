/** Attachments in the page: shown as text and as links, never loaded, removed with the message. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { browserSkip } from '../support/browser.ts';
import { expectAccessible } from './accessible.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';

describe('attachments of messages', { skip: browserSkip(), timeout: 240_000 }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.openIn('files');
    ({ alice, bob } = pair);
  });
  after(() => pair?.close());

  /** Sent as another application would. */
  const post = (content: string, attachments: unknown): Promise<number> =>
    bob.page.evaluate(
      async (message) => {
        const roomId = location.pathname.split('/').at(-1);
        const body = JSON.stringify({ roomId, ...message });
        const headers = { 'content-type': 'application/json' };
        return (await fetch('/api/messages', { method: 'POST', headers, body })).status;
      },
      { content, attachments },
    );

  const remove = (messageId: string): Promise<void> =>
    bob.page.evaluate((id) => {
      const payload = { roomId: location.pathname.split('/').at(-1), messageId: id };
      const socket = new WebSocket('/ws');
      return new Promise<void>((resolve) => {
        socket.onopen = () => socket.send(JSON.stringify({ type: 'delete_message', payload }));
        socket.onmessage = ({ data }) => {
          if ((JSON.parse(String(data)) as { type: string }).type !== 'message_ack') return;
          socket.close();
          resolve();
        };
      });
    }, messageId);

  test('are shown under the text: names, addresses, and links only if they are web addresses', async () => {
    const loaded: string[] = [];
    alice.page.on('request', (request) => loaded.push(request.url()));
    const attachments = [
      'https://files.example/picture.png',
      { name: 'notes.txt', url: '/uploads/1' },
      { name: 'elsewhere', url: 'myapp://open' },
      '<img src=x onerror=alert(1)>',
      { size: 3 },
    ];

    assert.equal(await post('look', attachments), 201);
    await alice.sees('look');

    const list = alice.messages.filter({ hasText: 'look' }).getByRole('list');
    assert.deepEqual(await list.getByRole('listitem').allTextContents(), [
      'https://files.example/picture.png',
      'notes.txt',
      'elsewhere',
      '<img src=x onerror=alert(1)>',
      'Attachment',
    ]);
    const links = await list
      .getByRole('link')
      .evaluateAll((found) =>
        found.map((link) => [link.getAttribute('href'), link.getAttribute('rel')]),
      );
    const rel = 'noopener noreferrer nofollow';
    assert.deepEqual(links, [
      ['https://files.example/picture.png', rel],
      [`${pair.url}/uploads/1`, rel],
    ]);
    assert.equal(await list.locator('img').count(), 0);
    assert.deepEqual(
      loaded.filter((url) => /files\.example|uploads/.test(url)),
      [],
    );
    await expectAccessible(alice.page);
  });

  test('are shown after a reload, and removed when the message is deleted', async () => {
    assert.equal(await post('again', ['https://files.example/2']), 201);
    await alice.sees('again');

    await alice.page.reload();

    const link = alice.page.getByRole('link', { name: 'https://files.example/2' });
    await link.waitFor();
    const message = alice.messages.filter({ hasText: 'again' });
    await remove((await message.getAttribute('data-message-id')) ?? '');
    await link.waitFor({ state: 'detached' });
  });

  const noticeOf = ({ page }: Person): Locator =>
    page.getByRole('status').getByText('Files cannot be sent here.');

  /** The part that handles files is loaded after the page. It is the second banner, empty at first. */
  const untilFilesAreHandled = ({ page }: Person): Promise<void> =>
    page.locator('[role="status"][data-kind]').nth(1).waitFor({ state: 'attached' });

  /** Drops a file of this machine, like a user. */
  async function dropFile(page: Page, { x, y }: { x: number; y: number }): Promise<void> {
    const session = await page.context().newCDPSession(page);
    const data = { items: [], files: [import.meta.filename], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await session.send('Input.dispatchDragEvent', { type, x, y, data });
    }
    await session.detach();
  }

  /** Puts it into the clipboard, as a text or a picture in each form, and pastes it. */
  async function paste(page: Page, forms: readonly string[]): Promise<void> {
    await page.evaluate(async (types) => {
      const canvas = new OffscreenCanvas(1, 1);
      canvas.getContext('2d');
      const picture = await canvas.convertToBlob();
      const forms = types.map((type) => [type, type.startsWith('image') ? picture : 'a table']);
      await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(forms))]);
    }, forms);
    await page.keyboard.press('ControlOrMeta+V');
  }

  test('a file that is dropped cannot be sent: the page says so for a while, and stays', async () => {
    const { page } = alice;
    await untilFilesAreHandled(alice);
    await alice.composer.fill('half a sentence');
    const address = page.url();

    for (const target of [page.getByRole('navigation', { name: 'Rooms' }), alice.composer]) {
      const { x, y } = (await target.boundingBox()) ?? assert.fail('it is not shown');
      await noticeOf(alice).waitFor({ state: 'detached' });
      await dropFile(page, { x: x + 5, y: y + 5 });
      await noticeOf(alice).waitFor();
    }

    await expectAccessible(page);
    // Neither here nor in another tab.
    assert.deepEqual(
      page
        .context()
        .pages()
        .map((each) => each.url()),
      [address],
    );
    assert.equal(await alice.composer.inputValue(), 'half a sentence');
    await alice.composer.fill('');
  });

  test('neither can a file that is pasted, but a text that comes with its picture can', async () => {
    const { page, composer } = bob;
    await untilFilesAreHandled(bob);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await composer.focus();

    await paste(page, ['text/plain', 'text/html', 'image/png']);
    assert.equal(await composer.inputValue(), 'a table');
    assert.equal(await noticeOf(bob).count(), 0);
    await paste(page, ['image/png']);
    await noticeOf(bob).waitFor();

    assert.equal(await composer.inputValue(), 'a table');
    await composer.fill('');
  });
});
