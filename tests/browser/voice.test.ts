/** Voices: recorded beside the message box, heard before they are sent, and played by others. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { until } from '../../packages/server/test/support/wait.ts';
import { browserSkip } from '../support/browser.ts';
import { filesReady, send, sendButton, tray } from './file-steps.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';
import { expectFits, expectFitsAgain } from './sizes.ts';

describe('voice recordings', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.openIn('voices');
    ({ alice, bob } = pair);
    for (const person of [alice, bob]) await filesReady(person);
  });
  after(() => pair?.close());

  const recorder = ({ page }: Person): Locator =>
    page.getByRole('dialog', { name: 'Voice recording' });
  const open = async (person: Person): Promise<void> => {
    await person.press('Add files');
    await person.page.getByRole('menuitem', { name: 'Voice recording' }).click();
    await recorder(person).waitFor();
  };

  test('without a permission say so', async () => {
    await alice.page.evaluate(() => {
      navigator.mediaDevices.getUserMedia = () =>
        Promise.reject(new DOMException('Refused', 'NotAllowedError'));
    });
    await open(alice);
    await recorder(alice).getByRole('alert').getByText('does not allow').waitFor();
    await expectFits(alice.page, recorder(alice).getByRole('button', { name: 'Discard' }));
    await alice.page.keyboard.press('Escape');
    await recorder(alice).waitFor({ state: 'detached' });
    assert.equal(await tray(alice).count(), 0);
    await alice.page.evaluate(() => {
      Reflect.deleteProperty(navigator.mediaDevices, 'getUserMedia');
    });
  });

  test('that are discarded leave nothing', async () => {
    await open(alice);
    await recorder(alice).getByText('0:01').waitFor();
    await expectFitsAgain(alice.page, recorder(alice).getByRole('button', { name: 'Done' }));
    await alice.press('Discard', recorder(alice));

    await recorder(alice).waitFor({ state: 'detached' });
    assert.equal(await tray(alice).count(), 0);
  });

  test('are heard, sent, and played with their wave', async () => {
    await open(alice);
    await recorder(alice).getByText('0:02').waitFor();
    await alice.press('Done', recorder(alice));

    const name = /Voice \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.webm/;
    await tray(alice).getByText(name).waitFor();
    const own = tray(alice).locator('audio');
    await own.evaluate(async (element) => {
      const sound = element as HTMLAudioElement;
      sound.muted = true;
      await sound.play();
    });
    await expectFits(alice.page, own);
    await send(alice);

    const sound = bob.messages.locator('audio');
    await sound.waitFor();
    assert.match((await sound.getAttribute('aria-label')) ?? '', name);
    await bob.messages.getByText(/^0:0[23] · /).waitFor();
    const wave = bob.messages.locator('svg path').first();
    // The microphone beeps: some bars are higher than those of silence. Its length is there before its wave.
    await until(async () => /V1\.[5-9]/.test((await wave.getAttribute('d')) ?? ''), 'the wave');
    const seconds = await sound.evaluate(async (element) => {
      const media = element as HTMLAudioElement;
      while (!Number.isFinite(media.duration)) {
        await new Promise((resolve) => media.addEventListener('durationchange', resolve));
      }
      return media.duration;
    });
    assert.ok(seconds > 1 && seconds < 60, `${seconds}`);
    await expectFitsAgain(bob.page, sound);
  });

  test('end with a press elsewhere, and wait among the files', async () => {
    await open(alice);
    await recorder(alice).getByText('0:01').waitFor();
    await alice.composer.click();

    await recorder(alice).waitFor({ state: 'detached' });
    await alice.press(/^Remove Voice/);
    await tray(alice).waitFor({ state: 'detached' });
  });

  test('end with Send, which sends them with the text, or alone', async () => {
    for (const text of ['listen to this', '']) {
      const before = await bob.messages.locator('audio').count();
      await alice.composer.fill(text);
      await open(alice);
      await recorder(alice).getByText('0:01').waitFor();
      await sendButton(alice).click();

      await recorder(alice).waitFor({ state: 'detached' });
      await until(async () => (await bob.messages.locator('audio').count()) > before, 'the voice');
      if (text !== '') await bob.messageWith(text).locator('audio').waitFor();
      assert.equal(await tray(alice).count(), 0);
      assert.equal(await alice.composer.inputValue(), '');
    }
  });

  test('stay with their room when another one is opened', async () => {
    await alice.join('elsewhere');
    for (const leave of ['back', 'click'] as const) {
      await alice.listed('Rooms', 'voices').click();
      await alice.logOf('voices').waitFor();
      await open(alice);
      await recorder(alice).getByText('0:01').waitFor();
      if (leave === 'click') await alice.listed('Rooms', 'elsewhere').click();
      else await alice.page.goBack();
      await alice.logOf('elsewhere').waitFor();
      await recorder(alice).waitFor({ state: 'detached' });
      assert.equal(await tray(alice).count(), 0);
      await alice.listed('Rooms', 'voices').click();
      await tray(alice)
        .getByText(/^Voice /)
        .waitFor();
      await alice.press(/^Remove Voice/);
      await tray(alice).waitFor({ state: 'detached' });
    }
  });
});
