/** Sentences with names of people or rooms: the names are isolated, without gaps around them. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { browserSkip } from '../support/browser.ts';
import { keepTyping } from './keep-typing.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';

describe('a sentence with names', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;

  before(async () => {
    pair = await Pair.open();
    ({ alice } = pair);
  });
  after(() => pair?.close());

  /** The widest gap between two parts of the sentence in px; spaces are part of the text. */
  async function gapsIn(sentence: Locator): Promise<number> {
    await sentence.waitFor();
    return sentence.evaluate((element) => {
      const boxes = [...element.childNodes]
        .filter(({ textContent }) => textContent !== '')
        .map((node) => {
          const range = document.createRange();
          range.selectNodeContents(node);
          return range.getBoundingClientRect();
        });
      const gaps = boxes.slice(1).map((box, index) => box.left - (boxes[index]?.right ?? 0));
      return Math.max(...gaps.map(Math.abs));
    });
  }

  /** The element with exactly this text that contains a name. */
  function sentence(text: string): Locator {
    const { page } = alice;
    return page
      .getByText(text, { exact: true })
      .filter({ has: page.locator('bdi') })
      .last();
  }

  test('has no gaps, on every page', async (t) => {
    await alice.page.goto(`${pair.url}/app/rooms/quiet`);
    assert((await gapsIn(sentence('There is no room called “quiet”'))) < 1);
    await alice.press('Create “quiet”');
    assert((await gapsIn(sentence('No messages in quiet yet'))) < 1);

    const quiet = { url: pair.url, roomName: 'quiet' };
    await keepTyping(t, quiet, [{ username: 'jun' }, { username: 'tobias' }]);
    const gap = await gapsIn(sentence('jun and tobias are typing'));
    assert(gap < 1);
    await alice.say('first');
    assert((await gapsIn(sentence('This is the start of quiet.'))) < 1);

    await alice.choose('Leave room');
    assert((await gapsIn(sentence('Leave quiet?'))) < 1);
    await alice.page.keyboard.press('Escape');
    await alice.browse();
    await alice.roomName.fill('new one');
    assert((await gapsIn(sentence('Create “new one”'))) < 1);
  });
});
