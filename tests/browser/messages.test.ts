/** Actions on messages: format, edit, delete and undo, reply, react with any emoji, link. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { until } from '../../packages/server/test/support/wait.ts';
import { browserSkip } from '../support/browser.ts';
import { expectAccessibleAgain } from './accessible.ts';
import { focused } from './focused.ts';
import { pressInHovered } from './hover.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';

describe('messages', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.openIn('lobby');
    ({ alice, bob } = pair);
  });
  after(() => pair?.close());

  function messageOf({ messages }: Person, text: string): Locator {
    return messages.filter({ hasText: text });
  }

  async function choose(person: Person, message: Locator, name: string): Promise<void> {
    await pressInHovered(message, 'More actions');
    await person.page.getByRole('menuitem', { name, exact: true }).click();
  }

  test('are formatted as elements, and code can be copied', async () => {
    await bob.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const code = '```ts\nlet a = 1 < 2;\n```';
    await alice.say(`**now** see https://files.example/x and \`npm test\`\n- one\n- two\n${code}`);

    const message = messageOf(bob, 'see');
    await message.waitFor();
    assert.equal(await message.getByRole('strong').textContent(), 'now');
    const link = message.getByRole('link', { name: 'https://files.example/x' });
    assert.equal(await link.getAttribute('target'), '_blank');
    assert.match((await link.getAttribute('rel')) ?? '', /noopener/);
    assert.deepEqual(await message.getByRole('listitem').allTextContents(), ['one', 'two']);
    await message.locator('code span', { hasText: 'let' }).waitFor();
    await pressInHovered(message, 'Copy code');
    await message.getByText('Copied').waitFor();
    assert.equal(await bob.page.evaluate(() => navigator.clipboard.readText()), 'let a = 1 < 2;');
    await expectAccessibleAgain(bob.page);
  });

  test('show all of a long line of code beside the button that copies it', async () => {
    await alice.say(`a long line\n\`\`\`\n${'word '.repeat(60)}\n\`\`\``);
    const message = messageOf(bob, 'a long line');
    await message.waitFor();

    const overlaps = await message.evaluate((row) => {
      const code = row.querySelector('pre code');
      const tools = row.querySelector('pre')?.parentElement?.querySelector('button');
      if (!code || !tools) throw new Error('There is no code');
      const range = document.createRange();
      range.selectNodeContents(code);
      const { left, bottom } = tools.getBoundingClientRect();
      return [...range.getClientRects()].filter(
        (line) => line.top < bottom - 2 && line.right > left + 1,
      ).length;
    });

    assert.equal(overlaps, 0);
  });

  test('show a lone emoji larger', async () => {
    await alice.say('🎉');
    await alice.say('a 🎊 in a text');
    const sizeOf = (text: string): Promise<number> =>
      messageOf(bob, text)
        .locator('[dir="auto"]')
        .evaluate((element) => Number.parseFloat(getComputedStyle(element).fontSize));
    await bob.sees('🎊');

    assert.equal(await sizeOf('🎉'), 28);
    assert.equal(await sizeOf('🎊'), 15);
  });

  test('are edited with the arrow up, and others see that they were', async () => {
    await alice.say('tpyo');
    await bob.sees('tpyo');
    await alice.composer.press('ArrowUp');
    const box = alice.page.getByRole('textbox', { name: 'Edit message' });
    await box.fill('typo');
    await box.press('Enter');

    await messageOf(bob, 'typo').getByText('(edited)').waitFor();
    await box.waitFor({ state: 'detached' });
    // In the message box again, where letters are text, not commands for the message.
    const { keyboard } = alice.page;
    await keyboard.insertText('p');
    assert.equal(await alice.composer.inputValue(), 'p');
    await keyboard.press('Backspace');
    await keyboard.press('ArrowUp');
    await box.fill('never saved');
    await box.press('Escape');
    await messageOf(alice, 'typo').waitFor();
    assert.equal(await messageOf(alice, 'never saved').count(), 0);
  });

  test('keep an unsaved edit, like a draft: it is open when the room is shown again', async () => {
    const { page } = alice;
    const box = page.getByRole('textbox', { name: 'Edit message' });
    for (const text of ['edited one', 'edited two']) {
      await alice.say(text);
      await alice.sees(text);
    }
    await pressInHovered(messageOf(alice, 'edited one'), 'Edit');
    await box.fill('edited one at length');
    await pressInHovered(messageOf(alice, 'edited two'), 'Edit');
    await page.waitForFunction(() => document.activeElement?.textContent === 'edited two');
    await box.press('Escape');
    await page.getByRole('link', { name: 'Activity' }).click();
    await page.goBack();
    await box.waitFor();
    assert.equal(await box.inputValue(), 'edited one at length');
    await page.reload();
    await box.waitFor();
    assert.equal(await box.inputValue(), 'edited one at length');

    await box.press('Escape');
    await page.reload();
    await messageOf(alice, 'edited one').waitFor();
    assert.equal(await box.count(), 0);
    await pressInHovered(messageOf(alice, 'edited one'), 'Edit');
    assert.equal(await box.inputValue(), 'edited one');
    await box.press('Escape');
  });

  test('are not sent with more characters than the server allows', async () => {
    const text = 'long '.repeat(2001).trim();
    await alice.composer.fill(text);
    await alice.page.getByText('4 characters too many').waitFor();
    await alice.composer.press('Enter');
    assert.equal(await alice.composer.inputValue(), text);

    await alice.composer.fill(text.slice(0, 10_000));
    await alice.composer.press('Enter');
    await bob.sees('long '.repeat(2000).trim());
    assert.equal(await alice.composer.inputValue(), '');
  });

  test('are deleted, unless it is undone', async () => {
    await alice.say('keep me');
    await alice.say('remove me');
    await bob.sees('remove me');

    await choose(alice, messageOf(alice, 'keep me'), 'Delete');
    await alice.press('Undo');
    await choose(alice, messageOf(alice, 'remove me'), 'Delete');

    await messageOf(alice, 'Message deleted.').waitFor();
    await messageOf(bob, 'This message was deleted.').waitFor();
    assert.equal(await messageOf(bob, 'remove me').count(), 0);
    await messageOf(bob, 'keep me').waitFor();
  });

  test('are deleted by a logout that comes before the end of the time to undo it', async () => {
    await alice.say('remove me too');
    await bob.sees('remove me too');

    await choose(alice, messageOf(alice, 'remove me too'), 'Delete');
    await alice.logOut();

    await messageOf(bob, 'remove me too').waitFor({ state: 'detached' });
    await alice.signIn('Log in');
    await alice.listed('Rooms', 'lobby').click();
    await alice.logOf('lobby').waitFor();
  });

  test('are answered, and the answers form a thread beside the room', async () => {
    await alice.say('which day?');
    await bob.sees('which day?');
    await pressInHovered(messageOf(bob, 'which day?'), 'Reply');
    const threadOf = ({ page }: Person) => page.getByRole('region', { name: 'Thread' });
    const boxOf = (person: Person) =>
      threadOf(person).getByRole('textbox', { name: 'Reply in thread' });
    await boxOf(bob).fill('thursday');
    await boxOf(bob).press('Enter');

    await boxOf(bob).fill('refused \0');
    await boxOf(bob).press('Enter');
    const refused = threadOf(bob).getByRole('article').filter({ hasText: 'refused' });
    await refused.getByText('Not sent.').waitFor();
    await bob.press('Retry', refused);
    await focused(refused);
    await bob.press('Discard', refused);
    await focused(threadOf(bob).getByRole('heading', { name: 'Thread' }));

    const question = alice.messages.filter({ hasText: 'which day?' }).first();
    await question.getByRole('button', { name: /1 reply last \d\d:\d\d/ }).waitFor();
    const line = alice.page.getByRole('button', { name: /^bob replied to which day/ });
    await line.click();
    const thread = threadOf(alice);
    const replies = thread.getByRole('log', { name: 'Replies' }).getByRole('article');
    await replies.filter({ hasText: 'thursday' }).waitFor();
    await boxOf(alice).fill('fine');
    await boxOf(alice).press('Enter');
    await replies.filter({ hasText: 'fine' }).waitFor();
    await bob.page.getByRole('button', { name: '2 replies' }).waitFor();
    for (const person of [alice, bob]) {
      const inTimeline = person.logOf('lobby').getByRole('article');
      assert.equal(await inTimeline.filter({ hasText: /thursday|fine/ }).count(), 0);
    }
    await expectAccessibleAgain(alice.page);

    await alice.page.reload();
    await replies.filter({ hasText: 'fine' }).waitFor();
    const link = await replies
      .filter({ hasText: 'thursday' })
      .getAttribute('data-sequence')
      .then((sequence) => alice.page.url().replace(/thread.*/, `messages/${sequence}`));
    await alice.page.keyboard.press('Escape');
    await thread.waitFor({ state: 'detached' });
    await line.waitFor({ state: 'detached' });

    await alice.page.goto(link);
    await replies.filter({ hasText: 'thursday' }).waitFor();
    await alice.press('Close thread');
    await bob.press('Close thread');
  });

  test('of a thread that cannot be loaded are not counted: there is an error, and another attempt', async () => {
    const { page } = alice;
    const room = page.url();
    await page.goto(`${room.split('/thread/')[0]}/thread/no-such-message`);
    const thread = page.getByRole('region', { name: 'Thread' });
    const error = thread.getByRole('alert').filter({ hasText: 'The thread could not be loaded.' });
    await error.waitFor();
    assert.equal(await thread.getByText('No replies yet').count(), 0);

    await alice.press('Try again', error);
    await error.waitFor();
    assert.equal(await thread.getByText('No replies yet').count(), 0);
    await page.goto(room);
  });

  test('get any emoji from the picker, found by its name', async () => {
    await alice.say('launch?');
    await bob.sees('launch?');
    await pressInHovered(messageOf(bob, 'launch?'), 'Add reaction');
    const picker = bob.page.getByRole('dialog', { name: 'Emoji' });
    await picker.getByRole('searchbox').fill('rocket');
    await picker.getByRole('button', { name: 'rocket', exact: true }).click();

    const pill = messageOf(alice, 'launch?').getByRole('button', { name: '🚀, 1' });
    await pill.waitFor();
    await pill.hover();
    await alice.page.getByTitle('bob reacted with 🚀').waitFor();
    await picker.waitFor({ state: 'detached' });
  });

  test('complete names after an at sign, and emoji after a colon', async () => {
    await alice.composer.focus();
    await alice.composer.pressSequentially('hi @bo');
    await alice.page.getByRole('option', { name: '@bob', selected: true }).waitFor();
    await expectAccessibleAgain(alice.page);
    await alice.composer.press('Enter');
    assert.equal(await alice.composer.inputValue(), 'hi @bob ');
    await alice.composer.pressSequentially(':tada');
    await alice.page.getByRole('option', { name: ':tada:' }).waitFor();
    await alice.composer.press('Enter');
    await alice.composer.press('Enter');

    const message = messageOf(bob, 'hi @bob 🎉');
    await message.waitFor();
    assert.equal(await message.getAttribute('data-mentioned'), 'true');
  });

  test('have links that lead to them', async () => {
    await alice.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await alice.say('the decision');
    await bob.sees('the decision');
    const message = messageOf(alice, 'the decision');
    await choose(alice, message, 'Copy link');
    let address = '';
    await until(async () => {
      address = await alice.page.evaluate(() => navigator.clipboard.readText());
      return address.startsWith(pair.url);
    }, 'the address, which is copied after the click');

    await bob.page.goto(address);
    const linked = messageOf(bob, 'the decision');
    await linked.and(bob.page.locator(':focus')).waitFor();
  });

  test('can be copied from a page over plain HTTP, where browsers have no clipboard API', async () => {
    const { page } = alice;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const readClipboard = await page.evaluateHandle(() => {
      const { clipboard } = navigator;
      Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true });
      return () => clipboard.readText();
    });
    await alice.say('text to be copied');
    await bob.sees('text to be copied');

    await choose(alice, messageOf(alice, 'text to be copied'), 'Copy text');
    const copied = await page.evaluate((read) => read(), readClipboard);
    await page.evaluate(() => Reflect.deleteProperty(navigator, 'clipboard'));

    assert.equal(copied, 'text to be copied');
  });

  test('wrap the selected text in a style', async () => {
    await alice.composer.fill('loud');
    await alice.composer.selectText();
    await alice.press('Bold');
    assert.equal(await alice.composer.inputValue(), '**loud**');
    await alice.composer.fill('');
  });
});
