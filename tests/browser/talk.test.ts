/**
 * Two users in two browsers with the real server: they chat, reload, and survive a crash
 * of the server.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { browserSkip } from '../support/browser.ts';
import { Pair } from './pair.ts';
import { MOUSE, type Person } from './person.ts';

/** Tall enough for all messages of these tests: a list renders only what is near the screen. */
const VIEWPORT = { width: 1200, height: 4000 };

describe('two users in two browsers', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;
  let room: string;
  let tests = 0;

  before(async () => {
    pair = await Pair.openKillable(MOUSE, { viewport: VIEWPORT });
    ({ alice, bob } = pair);
  });
  after(() => pair?.close());
  beforeEach(async () => {
    tests += 1;
    room = `room-${tests}`;
    await alice.join(room);
    await bob.join(room);
  });

  test('chat in both directions: order and sequence are equal on both screens', async () => {
    await alice.say('hello bob');
    await bob.sees('hello bob');
    await bob.say('hello alice');
    await alice.sees('hello alice');
    await alice.say('<b>not bold</b> & "quoted"');
    for (const person of [alice, bob]) await person.sees('not bold');

    const [ofAlice, ofBob] = [await alice.shown(), await bob.shown()];
    assert.deepEqual(ofAlice, ofBob);
    assert.deepEqual(
      ofAlice.map(({ sequence, text }) => [sequence, text]),
      [
        ['1', 'hello bob'],
        ['2', 'hello alice'],
        ['3', '<b>not bold</b> & "quoted"'],
      ],
    );
  });

  test('find the messages after a reload', async () => {
    await alice.say('before the reload');
    await bob.sees('before the reload');
    const before = await bob.shown();

    await bob.page.reload();
    await bob.sees('before the reload');

    assert.deepEqual(await bob.shown(), before);
  });

  test('receive nothing from a room that they are not in', async () => {
    await alice.join(`${room}-secret`);
    await alice.say('only for me');
    await alice.sees('only for me');
    await alice.join(room);
    await alice.say('for both');
    await bob.sees('for both');

    assert.deepEqual(
      (await bob.shown()).map(({ text }) => text),
      ['for both'],
    );
  });

  test('see members, typing and leaves', async () => {
    const { page } = alice;
    const members = page.getByRole('list', { name: 'Members' });
    if (!(await members.isVisible())) await alice.press(/^Members/);
    await members.getByText('bob').waitFor();

    await bob.composer.pressSequentially('typing …');
    await page.getByText('bob is typing').waitFor();
    await bob.composer.press('Enter');
    await alice.sees('typing …');
    await page.getByText('bob is typing').waitFor({ state: 'hidden' });

    await bob.leave();
    await members.getByText('bob').waitFor({ state: 'hidden' });
  });

  test('lose nothing acknowledged when the server is killed during their chat', async () => {
    const strings: string[] = [];
    const talk = async (person: Person, from: number, to: number): Promise<void> => {
      for (let index = from; index < to; index += 1) {
        const text = `${person.name} ${index}`;
        strings.push(text);
        await person.say(text);
      }
    };
    await Promise.all([talk(alice, 0, 10), talk(bob, 0, 10)]);
    await alice.sees('alice 2');

    const going = Promise.all([talk(alice, 10, 20), talk(bob, 10, 20)]);
    await alice.sees('alice 5');
    await pair.killServer();
    const acknowledged = [...(await alice.shown()), ...(await bob.shown())].filter(
      ({ state }) => state === 'sent',
    );
    await going;
    await alice.banner.waitFor();
    await bob.banner.waitFor();
    await pair.restartServer();

    for (const person of [alice, bob]) {
      for (const text of strings) await person.sees(text);
      await person.banner.waitFor({ state: 'hidden' });
    }
    await alice.say('after the crash');
    await bob.sees('after the crash');
    await alice.sees('after the crash');

    const [ofAlice, ofBob] = [await alice.shown(), await bob.shown()];
    assert.deepEqual(ofAlice, ofBob);
    assert.deepEqual(
      ofAlice.map(({ sequence }) => Number(sequence)),
      ofAlice.map((_, index) => index + 1),
    );
    assert.deepEqual(
      ofAlice.map(({ text }) => text).sort(),
      [...strings, 'after the crash'].sort(),
    );
    for (const message of acknowledged) {
      assert.deepEqual(ofAlice[Number(message.sequence) - 1], message);
    }
    for (const { name } of [alice, bob]) {
      const own = ofAlice.map(({ text }) => text).filter((text) => text.startsWith(name));
      assert.deepEqual(
        own,
        strings.filter((text) => text.startsWith(name)),
      );
    }
  });

  test('return to the login when their session ends elsewhere, and log in again', async () => {
    const { page } = bob;
    const headers = { origin: pair.url };
    await page.context().request.post(`${pair.url}/logout`, { data: {}, headers });

    await page.getByRole('button', { name: 'Log in' }).waitFor();
    await bob.logIn(pair.url);
    await bob.join(room);
    await bob.say('back again');

    await alice.sees('back again');
  });
});
