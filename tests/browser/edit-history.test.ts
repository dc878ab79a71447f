/** Earlier texts of edited messages in the page: for everyone in the room, until the message is deleted. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { browserSkip } from '../support/browser.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';
import { expectFits, PHONE } from './sizes.ts';

describe('the edit history of a message', { skip: browserSkip() }, () => {
  let pair: Pair;
  before(async () => {
    pair = await Pair.openIn('lobby');
  });
  after(() => pair?.close());

  async function edit({ page, composer }: Person, text: string): Promise<void> {
    await composer.press('ArrowUp');
    const box = page.getByRole('textbox', { name: 'Edit message' });
    await box.fill(text);
    await box.press('Enter');
    await box.waitFor({ state: 'detached' });
  }

  const historyOf = ({ page }: Person): Locator =>
    page.getByRole('dialog', { name: 'Edit history' });

  test('shows what the message said before, and closes with its deletion', async () => {
    const { alice, bob } = pair;
    await alice.say('see you at nine');
    await bob.sees('see you at nine');
    await edit(alice, 'see you at ten');
    await edit(alice, 'see you at eleven');
    const message = bob.messageWith('see you at eleven');

    await bob.press('(edited)', message);
    const dialog = historyOf(bob);
    const versions = dialog.getByRole('listitem');
    await versions.filter({ hasText: 'nine' }).waitFor();
    const texts = await versions.locator('p[dir="auto"]').allTextContents();
    assert.deepEqual(texts, ['see you at eleven', 'see you at ten', 'see you at nine']);
    assert.deepEqual(await dialog.locator('mark').allTextContents(), ['eleven', 'ten']);
    const close = dialog.getByRole('button', { name: 'Close edit history' });
    await expectFits(bob.page, close);
    // The arrow keys scroll the texts, and not the messages behind them.
    const isUnused = await close.evaluate((button) =>
      ['ArrowUp', 'ArrowDown'].every((key) =>
        button.dispatchEvent(
          new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }),
        ),
      ),
    );
    assert.equal(isUnused, true);

    // It follows an edit.
    await edit(alice, 'see you tomorrow');
    await versions.filter({ hasText: 'tomorrow' }).waitFor();
    await versions.filter({ hasText: 'eleven' }).waitFor();
    await bob.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });

    await bob.press('(edited)', bob.messageWith('see you tomorrow'));
    await versions.filter({ hasText: 'nine' }).waitFor();
    await alice.messageWith('see you tomorrow').hover();
    await alice.press('More actions', alice.messageWith('see you tomorrow'));
    await alice.page.getByRole('menuitem', { name: 'Delete' }).click();
    await dialog.waitFor({ state: 'detached' });
    await bob.page.getByText('This message was deleted.').waitFor();
  });

  test('opens from a phone', async () => {
    const { alice, bob } = pair;
    await bob.page.setViewportSize(PHONE.viewport);
    await alice.say('first');
    await bob.sees('first');
    await edit(alice, 'second');
    await bob.press('(edited)', bob.messageWith('second'));
    await historyOf(bob).getByText('first').waitFor();
    await bob.press('Close edit history', historyOf(bob));
    await historyOf(bob).waitFor({ state: 'detached' });
  });
});
