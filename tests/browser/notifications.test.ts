/** Desktop notifications and the title of the page, for what calls the user. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page, Worker } from 'playwright-core';
import { until } from '../../packages/server/test/support/wait.ts';
import { browserSkip } from '../support/browser.ts';
import { Pair } from './pair.ts';
import { MOUSE, type Person } from './person.ts';

interface Shown {
  readonly title: string;
  readonly body: string;
  readonly tag: string;
  isClosed: boolean;
}

/** Stands for the notifications of the desktop, which a browser without a screen does not show. */
function recordNotifications(): void {
  const shown: Shown[] = [];
  class Recorded {
    static permission = 'default';
    static requestPermission(): Promise<string> {
      Recorded.permission = 'granted';
      return Promise.resolve('granted');
    }
    readonly #shown: Shown;
    constructor(title: string, { body = '', tag = '' }: NotificationOptions = {}) {
      this.#shown = { title, body, tag, isClosed: false };
      shown.push(this.#shown);
    }
    close(): void {
      this.#shown.isClosed = true;
    }
  }
  // A machine without speakers plays nothing.
  const sounds: number[] = [];
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function record(when = 0) {
    sounds.push(this.frequency.value);
    start.call(this, when);
  };
  const badges: number[] = [];
  navigator.setAppBadge = (count = 0) => {
    badges.push(count);
    return Promise.resolve();
  };
  Object.assign(window, { Notification: Recorded, shownNotifications: shown, sounds, badges });
}

describe('notifications', { skip: browserSkip() }, () => {
  let pair: Pair;
  let alice: Person;
  let bob: Person;

  before(async () => {
    pair = await Pair.open();
    ({ alice, bob } = pair);
    await alice.page.addInitScript(recordNotifications);
    await alice.page.reload();
    await alice.join('lobby');
    await bob.join('lobby');
    await alice.press('Settings');
    await alice.page.getByRole('tab', { name: 'Notifications' }).click();
    await alice.page.getByRole('checkbox', { name: /^Show a notification/ }).check();
    await alice.page.keyboard.press('Escape');
  });
  after(() => pair?.close());

  const shown = (): Promise<Shown[]> =>
    alice.page.evaluate(
      () => (window as unknown as { shownNotifications: Shown[] }).shownNotifications,
    );

  const sounds = (): Promise<number[]> =>
    alice.page.evaluate(() => (window as unknown as { sounds: number[] }).sounds);

  const badged = (count: number) =>
    alice.page.waitForFunction(
      (wanted) => (window as unknown as { badges: number[] }).badges.at(-1) === wanted,
      count,
    );

  function setVisible(isVisible: boolean): Promise<void> {
    return alice.page.evaluate(
      (state) => {
        Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      },
      isVisible ? 'visible' : 'hidden',
    );
  }

  const titled = (title: string) =>
    alice.page.waitForFunction((wanted) => document.title === wanted, title);

  test('show a mention once while the page is hidden, and count it in the title and the badge', async () => {
    await setVisible(false);
    await bob.say('nothing for her');
    await bob.say('**look** at this, @alice');
    await titled('(1) lobby · Parley');
    await badged(1);
    await until(async () => (await shown()).length > 0, 'the notification');

    const [first, ...others] = await shown();
    assert.deepEqual(others, []);
    assert.equal(first?.title, 'lobby');
    assert.equal(first?.body, 'bob: look at this, @alice');
    assert.equal(first?.isClosed, false);
    assert.deepEqual(await sounds(), []);
  });

  test('replace the notification of the same conversation, and close when it is read', async () => {
    await bob.say('and this, @alice');
    await titled('(2) lobby · Parley');
    await until(async () => (await shown()).length === 2, 'the notification');
    const tags = new Set((await shown()).map(({ tag }) => tag));
    assert.equal(tags.size, 1);

    await setVisible(true);
    await titled('lobby · Parley');
    await badged(0);
    assert.equal((await shown()).at(-1)?.isClosed, true);
  });

  test('are not shown while the page is visible', async () => {
    const before = (await shown()).length;
    await alice.page.bringToFront();
    await bob.say('once more, @alice');
    await alice.sees('once more, @alice');
    await setVisible(false);
    await bob.say('and now, @alice');
    await until(async () => (await shown()).length > before, 'the notification');
    assert.equal((await shown()).length, before + 1);
    await setVisible(true);
  });

  test('play one short sound for a conversation, if the user wants it', async () => {
    await alice.press('Settings');
    await alice.page.getByRole('tab', { name: 'Notifications' }).click();
    await alice.page.getByRole('checkbox', { name: /^Play a sound/ }).check();
    await alice.page.keyboard.press('Escape');
    await titled('lobby · Parley');
    await setVisible(false);

    await bob.say('listen, @alice');
    await alice.page.waitForFunction(
      () => (window as unknown as { sounds: number[] }).sounds.length === 2,
    );
    const notified = (await shown()).length;
    await bob.say('and again, @alice');
    await until(async () => (await shown()).length > notified, 'the notification');

    assert.equal((await sounds()).length, 2);
    await setVisible(true);
    await titled('lobby · Parley');
  });

  test('have a sound on a page over plain HTTP, where browsers have no locks', async () => {
    const before = (await sounds()).length;
    await alice.page.evaluate(() =>
      Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true }),
    );
    await setVisible(false);
    await bob.say('without a lock, @alice');
    await until(async () => (await sounds()).length === before + 2, 'the sound');

    await alice.page.evaluate(() => Reflect.deleteProperty(navigator, 'locks'));
    await setVisible(true);
    await titled('lobby · Parley');
  });

  test('stay away from a muted room, which is grey without a count, in every tab', async () => {
    await setVisible(false);
    const tab = await alice.page.context().newPage();
    await tab.goto(alice.page.url());
    const before = (await shown()).length;
    await alice.press('More about this conversation');
    await alice.page.getByRole('menuitemradio', { name: 'Mute' }).click();
    // In the other tab, which shows another room.
    await tab.getByRole('link', { name: 'Find or create a room' }).click();
    const row = tab
      .getByRole('navigation', { name: 'Rooms' })
      .getByRole('link', { name: /^lobby/ });
    await row.getByText('Muted').waitFor();
    await bob.say('quiet please, @alice');
    await alice.sees('quiet please');

    assert.equal(await row.getByText('unread').count(), 0);
    assert.doesNotMatch(await tab.title(), /\(/);

    await setVisible(true);
    await alice.press('More about this conversation');
    await alice.page.getByRole('menuitemradio', { name: 'Notify me of all messages' }).click();
    await row.getByText('Muted').waitFor({ state: 'detached' });
    await setVisible(false);
    await bob.say('a plain message');
    await titled('(1) lobby · Parley');
    await until(async () => (await shown()).length > before, 'the notification');
    // None for the message in the muted room.
    assert.equal((await shown()).length, before + 1);
    await tab.close();
  });

  test('are not shown by a hidden tab for what another tab shows', async () => {
    await setVisible(true);
    const tab = await alice.page.context().newPage();
    await tab.addInitScript(recordNotifications);
    await tab.goto(`${pair.url}/app/browse`);
    await tab
      .getByRole('link', { name: /^lobby/ })
      .first()
      .waitFor();
    await tab.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
      return Notification.requestPermission();
    });
    await alice.page.bringToFront();
    await bob.say('she reads this, @alice');
    await alice.sees('she reads this');
    await bob.openPerson('alice');
    await bob.say('but not this');
    const titles = () =>
      tab.evaluate(() =>
        (window as unknown as { shownNotifications: Shown[] }).shownNotifications.map(
          ({ title }) => title,
        ),
      );
    await until(async () => (await titles()).includes('bob'), 'the notification');

    assert.deepEqual(await titles(), ['bob']);
    await tab.close();
  });

  test('stand in the activity list, which leads to the message', async () => {
    await setVisible(true);
    await alice.page.keyboard.press('Control+K');
    const palette = alice.page.getByRole('combobox', { name: /^Jump to a room/ });
    await palette.fill('Activ');
    await palette.press('Enter');
    const list = alice.page.getByRole('list', { name: 'Activity' });
    const entry = list.getByRole('link', { name: /bob mentioned you in lobby.*and this/ });
    await entry.click();
    await alice.logOf('lobby').waitFor();
    await alice.sees('and this, @alice');
    assert.match(alice.page.url(), /\/messages\/\d+$/);
  });
});

/**
 * As Chrome on Android: pages have the class, but only service workers show notifications. A
 * browser without a desktop shows none, so the page keeps those of its worker.
 */
function refuseNotifications(): void {
  class Refused {
    static permission = 'granted';
    static requestPermission = () => Promise.resolve('granted');
    constructor() {
      throw new TypeError('Illegal constructor');
    }
  }
  const kept = new Set<NotificationOptions & { readonly title: string }>();
  Object.assign(ServiceWorkerRegistration.prototype, {
    showNotification: async (title: string, options: NotificationOptions) => {
      kept.add({ title, ...options });
    },
    getNotifications: async () => [...kept],
  });
  Object.assign(window, { Notification: Refused });
}

/** The browser stops a worker that has been idle for half a minute; a request starts it again. */
async function startedWorker(page: Page): Promise<Worker> {
  await page.evaluate(() => fetch('/icon.svg'));
  const workers = () => page.context().serviceWorkers();
  await until(() => workers().length > 0, 'the service worker');
  const [worker] = workers();
  assert(worker);
  return worker;
}

test('notifications of a browser whose pages have none are those of the service worker', {
  skip: browserSkip(),
}, async () => {
  const pair = await Pair.open(MOUSE, {
    permissions: ['notifications'],
    serviceWorkers: 'allow',
  });
  const { alice, bob } = pair;
  const { page } = alice;
  const shown = () =>
    page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      return (await registration.getNotifications()).map(({ title, body, data }) => ({
        ...{ title, body, data },
      }));
    });
  await page.addInitScript(refuseNotifications);
  await page.reload();
  for (const person of [alice, bob]) await person.join('lobby');
  const room = page.url();
  await alice.press('Settings');
  await page.getByRole('tab', { name: 'Notifications' }).click();
  await page.getByRole('checkbox', { name: /^Show a notification/ }).check();
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Find or create a room' }).click();
  await page.waitForURL(/browse$/);

  await page.evaluate(() =>
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true }),
  );
  await bob.say('look, @alice');
  await until(async () => (await shown()).length > 0, 'the notification');
  const [notification, ...others] = await shown();
  const data = { path: new URL(room).pathname };
  assert.deepEqual(notification, { title: 'lobby', body: 'bob: look, @alice', data });
  assert.deepEqual(others, []);

  const worker = await startedWorker(page);
  const isClosed = await worker.evaluate((pressed) => {
    let hasClosed = false;
    const close = () => {
      hasClosed = true;
    };
    const press = Object.assign(new Event('notificationclick'), {
      notification: { ...pressed, close },
      waitUntil: (work: Promise<unknown>) => void work.catch(() => {}),
    });
    dispatchEvent(press);
    return hasClosed;
  }, notification);
  assert(isClosed);
  await page.waitForURL(room);
  await pair.close();
});
