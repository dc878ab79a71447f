/** Sentences with names of people or rooms: the names are isolated, without gaps around them. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { Account } from '../../packages/server/test/support/account.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { browserSkip } from '../support/browser.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';

describe('a sentence with names', { skip: browserSkip(), timeout: 240_000 }, () => {
  let pair: Pair;
  let alice: Person;
  const sockets: TestSocket[] = [];

  before(async () => {
    pair = await Pair.open();
    ({ alice } = pair);
  });
  after(async () => {
    for (const socket of sockets) socket.close(1000);
    await pair?.close();
  });

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

  test('has no gaps, on every page', async () => {
    await alice.page.goto(`${pair.url}/app/rooms/quiet`);
    assert((await gapsIn(sentence('There is no room called “quiet”'))) < 1);
    await alice.press('Create “quiet”');
    assert((await gapsIn(sentence('No messages in quiet yet'))) < 1);

    const ids: string[] = [];
    for (const name of ['jun', 'tobias']) {
      const socket = await (await Account.signUp(pair.url, name)).connect();
      sockets.push(socket);
      ids.push((await socket.joinRoom({ roomName: 'quiet' })).roomId);
    }
    // They keep typing, because the server forgets a typing user after a few seconds.
    const type = () => {
      for (const [index, socket] of sockets.entries()) {
        socket.send('user_typing', { roomId: ids[index], isTyping: true });
      }
    };
    type();
    const typing = setInterval(type, 1_000);
    const gap = await gapsIn(sentence('jun and tobias are typing'));
    clearInterval(typing);
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
