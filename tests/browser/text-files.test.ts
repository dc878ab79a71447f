/** Text files in the page: the first lines in place, more on request. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { browserSkip } from '../support/browser.ts';
import { choose, fileOf, filesReady, send } from './file-steps.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';
import { expectFits } from './sizes.ts';

describe('text files in the page', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.openIn('texts');
    ({ alice, bob } = pair);
    for (const person of [alice, bob]) await filesReady(person);
  });
  after(() => pair?.close());

  const messageWith = (name: string): Locator =>
    bob.messages.filter({ has: bob.page.getByRole('link', { name: `Download ${name}` }) });
  const heightOf = async (found: Locator): Promise<number> =>
    (await found.boundingBox())?.height ?? assert.fail('it is not shown');

  test('show their first lines in a space that is kept for them, and more on request', async () => {
    const lines = Array.from({ length: 9_000 }, (_, at) => `${at}: <b>a line</b>`);
    await choose(alice, fileOf('long.log', lines.join('\n')));
    await send(alice);

    const text = messageWith('long.log').locator('pre');
    await text.waitFor();
    const before = await heightOf(text);
    await text.getByText('0: <b>a line</b>').waitFor();
    assert.equal(await heightOf(text), before);
    const more = bob.page.getByRole('button', { name: 'Show more of long.log' });
    await expectFits(bob.page, more);

    await more.click();

    const less = bob.page.getByRole('button', { name: 'Show less of long.log' });
    await bob.page.getByText('Only the first 64 kB are shown.').waitFor();
    await text.getByText('2000: <b>a line</b>').waitFor();
    const region = bob.page.getByRole('region', { name: 'Content of long.log' });
    await expectFits(bob.page, region);
    await less.click();
    assert.equal(await heightOf(text), before);
  });

  test('that are short, or no text, say so', async () => {
    await choose(alice, fileOf('short.txt', 'hello'), fileOf('no.txt', Buffer.from([0xff, 0, 1])));
    await send(alice);

    const message = messageWith('short.txt');
    await message.getByText('hello', { exact: true }).waitFor();
    await message.getByText('It cannot be shown as text.').waitFor();
    assert.equal(await bob.page.getByRole('button', { name: 'Show more of short.txt' }).count(), 0);
  });
});
