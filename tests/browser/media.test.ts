/** Sound and films in the page: played in their place, with a wave, in a space that was kept for them. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { wavOf } from '../../packages/server/test/support/wav.ts';
import { browserSkip } from '../support/browser.ts';
import { choose, fileOf, filesReady, send, tray } from './file-steps.ts';
import { Pair } from './pair.ts';
import type { Person } from './person.ts';
import { expectFits } from './sizes.ts';

type Player = HTMLAudioElement | HTMLVideoElement;

describe('sound and films in the page', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.openIn('sounds');
    ({ alice, bob } = pair);
    for (const person of [alice, bob]) await filesReady(person);
  });
  after(() => pair?.close());

  const player = ({ page }: Person, name: string): Locator =>
    page.locator(`[aria-label="${name}"]`);
  const card = ({ page }: Person, name: string): Locator =>
    page.getByRole('link', { name: `Download ${name}` });
  /** Waits until the browser knows how long it is. */
  const secondsOf = (found: Locator): Promise<number> =>
    found.evaluate(async (element) => {
      const media = element as Player;
      while (!Number.isFinite(media.duration)) {
        await new Promise((resolve) => media.addEventListener('durationchange', resolve));
      }
      return media.duration;
    });
  const heightOf = async (found: Locator): Promise<number> =>
    (await found.boundingBox())?.height ?? assert.fail('it is not shown');

  /** A film of the browser itself. */
  async function film(page: Page): Promise<Buffer> {
    const numbers = await page.evaluate(async () => {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [64, 48];
      const context = canvas.getContext('2d') as CanvasRenderingContext2D;
      const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: 'video/webm' });
      const parts: Blob[] = [];
      let frame = 0;
      const draw = (): void => {
        frame += 1;
        context.fillStyle = `hsl(${frame} 80% 50%)`;
        context.fillRect(0, 0, 64, 48);
        if (recorder.state === 'recording') requestAnimationFrame(draw);
      };
      recorder.addEventListener('dataavailable', ({ data }) => {
        parts.push(data);
        if (parts.length === 10) recorder.stop();
      });
      const end = new Promise((resolve) => recorder.addEventListener('stop', resolve));
      recorder.start(50);
      draw();
      await end;
      return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
    });
    return Buffer.from(numbers);
  }

  test('a sound has a player and a wave, and a press on the wave goes there', async () => {
    await choose(alice, fileOf('tone.wav', wavOf(8)));
    await send(alice);

    const sound = player(bob, 'tone.wav');
    assert.equal(Math.round(await secondsOf(sound)), 8);
    const message = bob.messages.filter({ has: sound });
    await card(bob, 'tone.wav').getByText('0:08').waitFor();
    const wave = message.locator('svg path').first();
    // Loud in its first half.
    assert.match((await wave.getAttribute('d')) ?? '', /^M0\.5 0\.0\dV1\.9\d.*M71\.5 0\.96V1\.04$/);
    await expectFits(bob.page, sound, card(bob, 'tone.wav'));
    const { x, y, width, height } =
      (await message.locator('svg').first().boundingBox()) ?? assert.fail('it is not shown');
    await bob.page.mouse.click(x + width / 2, y + height / 2);
    const at = await sound.evaluate((element) => (element as Player).currentTime);
    assert.ok(Math.abs(at - 4) < 0.2, `${at}`);
  });

  test('a film keeps its space, and is the only one that plays', async () => {
    await choose(alice, fileOf('clip.webm', await film(alice.page)));
    await alice.page.locator('[aria-label="Send"]:not([aria-disabled="true"])').waitFor();
    // It has a size, as pictures have, and no description.
    assert.equal(await tray(alice).getByRole('textbox').count(), 0);
    await send(alice);

    const video = player(bob, 'clip.webm');
    await video.waitFor();
    // Of the 4:3 that the server has found, before the browser has loaded anything.
    const before = await heightOf(video);
    assert.equal(before, 270);
    await card(bob, 'clip.webm')
      .getByText(/0:0\d · /)
      .waitFor();
    const pixels = await video.evaluate(async (element) => {
      const media = element as HTMLVideoElement;
      media.muted = true;
      if (media.readyState === 0) {
        await new Promise((resolve) => media.addEventListener('loadedmetadata', resolve));
      }
      return [media.videoWidth, media.videoHeight];
    });
    assert.deepEqual(pixels, [64, 48]);
    assert.equal(await heightOf(video), before);
    await expectFits(bob.page, video, card(bob, 'clip.webm'));

    const isPausedAfter = await player(bob, 'tone.wav').evaluate(async (element) => {
      const sound = element as Player;
      const other = document.querySelector('video') as HTMLVideoElement;
      sound.currentTime = 0;
      await sound.play();
      const paused = new Promise((resolve) => sound.addEventListener('pause', resolve));
      await other.play();
      await paused;
      return sound.paused;
    });
    assert.equal(isPausedAfter, true);
  });

  test('what only looks like a song is a download', async () => {
    await choose(
      alice,
      fileOf('broken.mp3', Buffer.concat([Buffer.from('ID3'), Buffer.alloc(999)])),
    );
    await send(alice);

    await card(bob, 'broken.mp3').waitFor();
    await player(bob, 'broken.mp3').waitFor({ state: 'detached' });
  });
});
