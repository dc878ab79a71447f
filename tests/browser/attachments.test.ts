/** Attachments in the page: shown as text and as links, never loaded, removed with the message. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { browserSkip } from '../support/browser.ts';
import { expectAccessible } from './accessible.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';

describe('attachments of messages', { skip: browserSkip() }, () => {
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
});
