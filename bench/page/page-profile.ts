/** One browser with the page, and the times of what its user does. */
import type { CDPSession, Page } from 'playwright-core';
import type { Profile } from '../../tests/support/browser.ts';

/** A slow mobile network. */
const NETWORK = {
  offline: false,
  latency: 150,
  downloadThroughput: 1_600_000 / 8,
  uploadThroughput: 750_000 / 8,
};

export class PageProfile {
  readonly page: Page;
  readonly #profile: Profile;
  readonly #address: string;
  readonly #devtools: CDPSession;

  static async start(profile: Profile, address: string): Promise<PageProfile> {
    const devtools = await profile.context.newCDPSession(profile.page);
    await devtools.send('Network.enable');
    return new PageProfile(profile, address, devtools);
  }

  private constructor(profile: Profile, address: string, devtools: CDPSession) {
    this.page = profile.page;
    this.#profile = profile;
    this.#address = address;
    this.#devtools = devtools;
  }

  /** Opens the long room, without a limit of the network, until the worker has stored the page. */
  async openRoom(): Promise<void> {
    await this.page.goto(this.#address);
    await this.page.getByRole('article').first().waitFor();
    await this.page.waitForFunction(async () => (await caches.match('/app/')) !== undefined);
  }

  /** Time from the start of the navigation to the first message, and bytes received. */
  async measureOpening(): Promise<{ readonly ms: number; readonly bytes: number }> {
    await this.page.goto('about:blank');
    await this.#devtools.send('Network.emulateNetworkConditions', NETWORK);
    let bytes = 0;
    this.#devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength;
    });
    this.#devtools.on('Network.webSocketFrameReceived', ({ response }) => {
      bytes += response.payloadData.length;
    });
    await this.page.goto(this.#address, { waitUntil: 'commit' });
    const shown = await this.page.waitForFunction(
      () => document.querySelector('article') !== null && performance.now(),
      undefined,
      { polling: 'raf' },
    );
    return { ms: Number(await shown.jsonValue()), bytes };
  }

  /** Time from a click on the room's name until its messages are shown. */
  timeSwitch(name: string): Promise<number> {
    return this.page.evaluate(async (wanted) => {
      const links = [...document.querySelectorAll<HTMLElement>('nav li a')];
      const link = links.find((each) => each.textContent.includes(wanted));
      if (link === undefined) throw new Error(`There is no room ${wanted}`);
      const label = `Messages in ${wanted}`;
      const isShown = (): boolean =>
        document.querySelector(`[role="log"][aria-label="${label}"] article`) !== null;
      const beganAtMs = performance.now();
      link.click();
      while (!isShown()) await new Promise(requestAnimationFrame);
      return performance.now() - beganAtMs;
    }, name);
  }

  /** Time from sending a message until this page has rendered its row. */
  async timeMessage(send: () => Promise<void>): Promise<number> {
    const timed = this.page.evaluate(async () => {
      const lastOf = (): number =>
        Math.max(
          ...[...document.querySelectorAll<HTMLElement>('article[data-sequence]')].map(
            ({ dataset }) => Number(dataset['sequence']),
          ),
        );
      const before = lastOf();
      const rows = document.querySelector('[role="log"]');
      if (rows === null) throw new Error('No room is open');
      document.documentElement.dataset['waiting'] = 'yes';
      await new Promise<void>((resolve) => {
        new MutationObserver((_, observer) => {
          if (lastOf() <= before) return;
          observer.disconnect();
          resolve();
        }).observe(rows, { childList: true, subtree: true });
      });
      delete document.documentElement.dataset['waiting'];
      return performance.timeOrigin + performance.now();
    });
    await this.page.waitForFunction(() => 'waiting' in document.documentElement.dataset);
    const sentAtMs = performance.timeOrigin + performance.now();
    await send();
    return (await timed) - sentAtMs;
  }

  async heapBytes(): Promise<number> {
    await this.#devtools.send('HeapProfiler.collectGarbage');
    const { usedSize } = await this.#devtools.send('Runtime.getHeapUsage');
    return usedSize;
  }

  close(): Promise<void> {
    return this.#profile.close();
  }
}
