/** Documents in the page: cards with a picture of the first page, as far as it can be drawn. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { browserSkip } from '../support/browser.ts';
import { choose, fileOf, filesReady, send } from './file-steps.ts';
import { Pair } from './pair.ts';
import { pdfOf, streamOf } from './pdf-of.ts';
import type { Person } from './person.ts';
import { expectFits } from './sizes.ts';

/** A red page, with a line of text in its middle. */
const DRAWING = '1 0 0 rg 0 0 400 300 re f 0 g BT /F 40 Tf 40 140 Td (Hello) Tj ET';

describe('documents in the page', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.openIn('documents');
    ({ alice, bob } = pair);
    for (const person of [alice, bob]) await filesReady(person);
  });
  after(() => pair?.close());

  const card = (name: string): Locator => bob.page.getByRole('link', { name: `Open ${name}` });
  const picture = (name: string): Locator =>
    bob.page.getByRole('img', { name: `First page of ${name}` });
  const expectPlainCard = async (name: string): Promise<void> => {
    await card(name).waitFor();
    await card(name).locator('canvas').waitFor({ state: 'detached' });
  };

  test('show their first page in a space that is kept for it', async () => {
    const refused: string[] = [];
    bob.page.on('console', (message) => {
      if (message.type() === 'error') refused.push(message.text());
    });
    await choose(alice, fileOf('plan.pdf', pdfOf({ drawing: DRAWING })));
    await send(alice);

    const canvas = card('plan.pdf').locator('canvas');
    await canvas.waitFor();
    const before = await canvas.boundingBox();
    await picture('plan.pdf').waitFor();
    assert.deepEqual(await canvas.boundingBox(), before);
    const { red, black } = await canvas.evaluate((element) => {
      const { width, height } = element as HTMLCanvasElement;
      const context = (element as HTMLCanvasElement).getContext('2d') as CanvasRenderingContext2D;
      const { data } = context.getImageData(0, 0, width, height);
      const count = { red: 0, black: 0 };
      for (let at = 0; at < data.length; at += 4) {
        if ((data[at + 1] ?? 0) + (data[at + 2] ?? 0) > 0) continue;
        if (data[at] === 255) count.red += 4 / data.length;
        if (data[at] === 0) count.black += 4 / data.length;
      }
      return count;
    });
    assert.ok(red > 0.8, `${red} of it is red`);
    // Also without a font in the document.
    assert.ok(black > 0.003, `${black} of it is text`);
    assert.deepEqual(refused, []);
  });

  test('open in a tab of their own, or are downloads', async () => {
    const open = card('plan.pdf');
    assert.deepEqual(
      [await open.getAttribute('target'), await open.getAttribute('rel')],
      ['_blank', 'noopener noreferrer'],
    );
    await expectFits(bob.page, open, bob.page.getByRole('link', { name: 'Download plan.pdf' }));
  });

  test('are plain cards if they are broken, empty or locked', async () => {
    const lock = `<</Filter /Standard /V 1 /R 2 /P -4 /O <${'11'.repeat(32)}> /U <${'22'.repeat(32)}>>>`;
    const locked = { objects: [lock], trailer: '/Encrypt 6 0 R /ID [<01> <01>]' };
    await choose(
      alice,
      fileOf('broken.pdf', '%PDF-1.7\n'),
      fileOf('empty.pdf', pdfOf({ drawing: '' })),
      fileOf('locked.pdf', pdfOf({ drawing: DRAWING, ...locked })),
    );
    await send(alice);

    for (const name of ['broken.pdf', 'empty.pdf', 'locked.pdf']) await expectPlainCard(name);
  });

  test('that never end are given up, and the next one is drawn', async () => {
    // Each form draws the next one ten times.
    const forms = Array.from({ length: 12 }, (_, at) =>
      streamOf(
        '/X Do '.repeat(10),
        `/Type /XObject /Subtype /Form /BBox [0 0 400 300] /Resources <</XObject <</X ${at + 7} 0 R>>>>`,
      ),
    );
    const last = streamOf(DRAWING, '/Type /XObject /Subtype /Form /BBox [0 0 400 300]');
    const endless = pdfOf({ drawing: '/X Do', objects: [...forms, last] });
    await choose(
      alice,
      fileOf('endless.pdf', endless),
      fileOf('next.pdf', pdfOf({ drawing: DRAWING })),
    );
    await send(alice);

    await picture('next.pdf').waitFor();
    await expectPlainCard('endless.pdf');
  });

  test('that leave the window are let go, and drawn when they are back', async () => {
    const files = '**/api/files/*';
    // Never answered.
    await bob.page.route(files, () => {});
    await choose(alice, fileOf('later.pdf', pdfOf({ drawing: DRAWING })));
    const opened = bob.page.waitForEvent('worker');
    const asked = bob.page.waitForRequest(files);
    await send(alice);
    const worker = await opened;
    await asked;
    const closed = new Promise((resolve) => worker.on('close', resolve));
    await bob.page.getByRole('link', { name: 'Activity' }).click();
    await closed;
    await bob.page.unroute(files);
    await bob.page.goBack();

    await picture('later.pdf').waitFor();
  });

  test('that are large are loaded in part', async () => {
    const padding = streamOf(randomBytes(4_000_000));
    const large = pdfOf({ drawing: DRAWING, objects: ['null', padding] });
    let loaded = 0;
    bob.page.on('response', (response) => {
      if (!response.url().includes('/api/files/')) return;
      loaded += Number(response.headers()['content-length']);
    });
    await choose(alice, fileOf('large.pdf', large));
    await send(alice);

    await picture('large.pdf').waitFor();
    assert.ok(loaded > 0 && loaded < 1_000_000, `${loaded} bytes`);
  });
});
