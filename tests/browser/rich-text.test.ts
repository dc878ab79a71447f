/** Formatted messages: written with keys and by pasting, shown as elements, with rooms and quoted messages. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { browserSkip } from '../support/browser.ts';
import { expectAccessible } from './accessible.ts';
import { pressInHovered } from './hover.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';

const TEXT = [
  '# Release',
  '## Steps',
  '- [x] build',
  '  - for **phones**',
  '- [ ] publish',
  '> said',
  '>> before',
  '| Part | Size |',
  '|------|-----:|',
  '| page | 117 |',
].join('\n');
const LONG_CODE = `\`\`\`\n${'const veryLongName = 1; '.repeat(12)}\n\`\`\``;

describe('formatted messages', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.openIn('lobby');
    ({ alice, bob } = pair);
  });
  after(() => pair?.close());

  test('have headings, lists, tasks, quotes, tables and code', async () => {
    await alice.say(TEXT);
    const message = bob.messageWith('Release');
    await message.getByRole('heading', { name: 'Release' }).waitFor();
    await message.getByRole('heading', { name: 'Steps' }).waitFor();
    await message.locator('li li').getByText('phones').waitFor();
    await message.getByRole('img', { name: 'Done', exact: true }).waitFor();
    await message.getByRole('img', { name: 'Not done' }).waitFor();
    await message.locator('blockquote blockquote').getByText('before').waitFor();
    await message.getByRole('columnheader', { name: 'Size' }).waitFor();
    await message.getByRole('cell', { name: '117' }).waitFor();
    await expectAccessible(bob.page);

    await bob.page.setViewportSize({ width: 390, height: 844 });
    await alice.say(LONG_CODE);
    // The stored message replaces elements of the received one.
    await bob.page.waitForFunction(() => {
      const code = [...document.querySelectorAll('article pre')].at(-1);
      return code !== undefined && code.scrollWidth > code.clientWidth;
    });
    assert(
      await bob.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth),
    );
    await bob.page.setViewportSize({ width: 1280, height: 800 });
  });

  test('hide a spoiler until it is pressed, also by key', async () => {
    await alice.say('the end: ||everybody sings||');
    const message = bob.messageWith('the end');
    const spoiler = message.getByRole('button', { name: /^Spoiler/ });
    await spoiler.waitFor();
    assert.equal(await message.getByText('everybody sings').count(), 0);
    await spoiler.focus();
    await bob.page.keyboard.press('Enter');
    await message.getByText('everybody sings').waitFor();
  });

  test('link to a room that is completed, and to none that does not exist', async () => {
    await alice.join('general-talk');
    await alice.page.getByRole('link', { name: 'lobby' }).first().click();
    await alice.logOf('lobby').waitFor();
    await alice.composer.focus();
    await alice.page.keyboard.type('see #tal');
    await alice.page.getByRole('option', { name: '#general-talk' }).waitFor();
    await alice.page.keyboard.press('Enter');
    await alice.page.keyboard.type('and #nowhere');
    await alice.page.keyboard.press('Enter');

    const message = bob.messageWith('#nowhere');
    const link = message.getByRole('link', { name: '#general-talk' });
    await link.waitFor();
    assert.equal(await message.getByRole('link').count(), 1);
    await link.click();
    await bob.logOf('general-talk').waitFor();
    await bob.page.goBack();
    await bob.logOf('lobby').waitFor();
  });

  test('have no room in place of a name that is written while rooms are offered', async () => {
    await alice.composer.focus();
    await alice.page.keyboard.type('or in #');
    await alice.page.getByRole('option', { name: '#general-talk' }).waitFor();
    // In a single task, as fast as a busy machine shows the keys.
    await alice.composer.evaluate((composer) => {
      document.execCommand('insertText', false, 'elsewhere');
      composer.dispatchEvent(
        new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }),
      );
    });
    await alice.sees('or in #elsewhere');
  });

  test('show what a link to a message points at, if the reader may read it', async () => {
    await alice.say('the very first plan');
    const planned = alice.messageWith('the very first plan');
    await planned.and(alice.sent).waitFor();
    const sequence = await planned.getAttribute('data-sequence');
    const address = new URL(`${new URL(alice.page.url()).pathname}/messages/${sequence}`, pair.url);
    await alice.page.getByRole('link', { name: 'general-talk' }).first().click();
    await alice.logOf('general-talk').waitFor();
    await alice.say(`as in ${address.href}`);

    await alice.browse();
    await alice.press('New room');
    const creation = alice.page.getByRole('dialog', { name: 'New room' });
    await creation.getByRole('textbox', { name: 'Name' }).fill('Board');
    await creation.getByRole('radio', { name: /^Private/ }).check();
    await alice.press('Create room', creation);
    await alice.logOf('Board').waitFor();
    await alice.say('a secret plan');
    await alice.sees('a secret plan');
    const secret = alice.messageWith('a secret plan');
    const board = `${new URL(alice.page.url()).pathname}/messages/${await secret.getAttribute('data-sequence')}`;
    await alice.page.getByRole('link', { name: 'general-talk' }).first().click();
    await alice.logOf('general-talk').waitFor();
    await alice.say(`and ${new URL(board, pair.url).href}`);

    await bob.join('general-talk');
    // Quotes are loaded one after the other; a further one tells that the secret one was tried.
    const quote = bob
      .messageWith('as in')
      .getByRole('link', { name: /alice.*the very first plan/ });
    await quote.waitFor();
    await alice
      .messageWith('and http')
      .getByRole('link', { name: /a secret plan/ })
      .waitFor();
    await bob.messageWith('and http').getByRole('link').first().waitFor();
    assert.equal(await bob.page.getByText('a secret plan').count(), 0);
    await quote.click();
    await bob.logOf('lobby').waitFor();
    await bob.sees('the very first plan');
  });

  test('are forwarded to another room as a quote with a comment', async () => {
    const { page } = alice;
    await page.getByRole('link', { name: 'lobby' }).first().click();
    await alice.say('worth reading');
    await alice.sees('worth reading');
    const message = alice.messageWith('worth reading').last();
    await message.hover();
    await pressInHovered(message, 'More actions');
    await page.getByRole('menuitem', { name: 'Forward…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Forward this message' });
    await dialog.getByRole('textbox', { name: 'To' }).fill('general');
    await dialog.getByRole('radio', { name: '#general-talk' }).check();
    await dialog.getByRole('textbox', { name: /^Comment/ }).fill('have a look');
    await expectAccessible(page);
    await alice.press('Forward', dialog);
    await alice.logOf('general-talk').waitFor();
    await alice.sees('have a look');
    const sent = alice.messageWith('have a look');
    await sent.locator('blockquote').getByText('worth reading').waitFor();
    // Its link shows no second quote.
    assert.equal(await sent.getByRole('link', { name: /worth reading/ }).count(), 0);
    await page.getByRole('link', { name: 'lobby' }).first().click();
  });

  test('are written with keys, and by pasting formatted text', async () => {
    const { page, composer } = bob;
    await composer.fill('one');
    await composer.press('ControlOrMeta+A');
    await composer.press('ControlOrMeta+b');
    await value(composer, '**one**');
    await composer.press('ControlOrMeta+b');
    await value(composer, 'one');
    await composer.press('ControlOrMeta+k');
    await value(composer, '[one]()');
    await composer.fill('- one');
    await composer.press('Shift+Enter');
    await page.keyboard.type('two');
    await value(composer, '- one\n- two');
    await composer.press('Shift+Enter');
    await composer.press('Shift+Enter');
    await value(composer, '- one\n- two\n');
    // Without a selection the key opens the palette.
    await composer.press('ControlOrMeta+k');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');

    await composer.fill('');
    await paste(
      composer,
      '<h2>Plan</h2><ul><li>a <b>bold</b> step</li></ul><script>window.hacked=1</script><img src=x onerror="window.hacked=1">',
    );
    await value(composer, '## Plan\n\n- a **bold** step');
    assert.equal(await page.evaluate(() => Reflect.get(window, 'hacked')), undefined);
    await composer.fill('');
    // Nothing in it is formatted: the browser pastes the text.
    assert.equal(await paste(composer, '<div><span style="color:red">let</span> a</div>'), true);
  });
});

/** Returns whether the paste is left to the browser. */
function paste(box: Locator, html: string): Promise<boolean> {
  return box.evaluate((element, html) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/html', html);
    clipboardData.setData('text/plain', 'plain');
    const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
    return element.dispatchEvent(event);
  }, html);
}

async function value(box: Locator, expected: string): Promise<void> {
  await box.and(box.page().locator('textarea')).waitFor();
  await box
    .page()
    .waitForFunction(([element, text]) => (element as HTMLTextAreaElement).value === text, [
      await box.elementHandle(),
      expected,
    ] as const);
}
