/** Previews of links: who sees them, what is fetched for them, and how much. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { MessageId, RoomId } from '@parley/protocol';
import { UNIT_NAMES } from '../../../src/model/units.ts';
import type { FileStorage } from '../../../src/ports/file-storage.ts';
import type { FetchedLink, LinkFetcher } from '../../../src/ports/link-fetcher.ts';
import { systemCrypto } from '../../../src/system/crypto.ts';
import { ChatHarness, type Client } from '../../support/chat-harness.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { memoryFileStorage } from '../../support/memory-file-storage.ts';
import { until } from '../../support/wait.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const PAGE: FetchedLink = { title: 'A page', description: ' About\nit ', siteName: '' };

/** Answers what the test says, when it says so. */
class Fetcher implements LinkFetcher {
  readonly urls: string[] = [];
  links: Readonly<Record<string, FetchedLink>> = {};
  /** Fetches wait for it. */
  gate: Promise<void> = Promise.resolve();
  atOnce = 0;
  atOnceMax = 0;
  isClosed = false;

  async fetch(url: string): Promise<FetchedLink | undefined> {
    this.urls.push(url);
    this.atOnce += 1;
    this.atOnceMax = Math.max(this.atOnceMax, this.atOnce);
    await this.gate;
    this.atOnce -= 1;
    return this.links[url];
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

/** Everything is a picture. */
function pictureStorage(kept: Map<string, Buffer>): FileStorage {
  const storage = memoryFileStorage(kept);
  return {
    ...storage,
    receive: async (id, body, limits) => ({
      ...(await storage.receive(id, body, limits)),
      ...{ type: 'image/webp', width: 480, height: 270 },
    }),
  };
}

describe('previews of links', () => {
  let fetcher: Fetcher;
  let harness: ChatHarness;
  let clock: FakeClock;
  let kept: Map<string, Buffer>;
  let alice: Client;
  let bob: Client;
  let roomId: RoomId;
  beforeEach(async () => {
    fetcher = new Fetcher();
    clock = new FakeClock();
    kept = new Map();
    harness = new ChatHarness({ clock, linkFetcher: fetcher, fileStorage: pictureStorage(kept) });
    await harness.chat.begin();
    [alice, bob] = [await harness.connect('alice'), await harness.connect('bob')];
    await alice.join('lobby');
    roomId = (await bob.join('lobby')).room.id;
  });

  const shown = (client: Client) =>
    client
      .ofKind('link-preview')
      .map(({ previews }) => previews.map(({ url, title }) => [url, title]));
  const list = (client: Client, page = {}) =>
    harness.chat.linkPreviews.list(client.connection.user, {
      ...{ roomId, before: undefined, after: undefined, limit: 50, ...page },
    });

  const expire = (url: string) =>
    harness.store.linkPreviews.settlePreview(systemCrypto.digest(url), undefined, {
      ...{ fetchedAtMs: 0, expiresAtMs: clock.nowMs() },
    });

  test('come to those who have the room open, after the message', async () => {
    fetcher.links = { 'https://a.example/x': PAGE };
    await alice.send('see https://a.example/x and https://b.example');
    await harness.settle();
    assert.deepEqual(fetcher.urls, ['https://a.example/x', 'https://b.example']);
    for (const client of [alice, bob]) {
      assert.deepEqual(shown(client), [[['https://a.example/x', 'A page']]]);
      const kinds = client.kinds();
      assert.equal(kinds.at(-1), 'link-preview');
    }
    const [event] = bob.ofKind('link-preview');
    assert.deepEqual(event?.previews[0], {
      ...{ url: 'https://a.example/x', title: 'A page', description: 'About it' },
      ...{ siteName: undefined, picture: undefined },
    });
  });

  test('are read with a page of messages, and fetched if they are not there', async () => {
    fetcher.links = { 'https://a.example/': PAGE };
    await alice.send('https://a.example/');
    await alice.send('no link');
    await harness.settle();
    const { enabled, messages, lastSequence } = await list(bob);
    assert.deepEqual([enabled, messages.length, lastSequence], [true, 1, 2]);
    assert.equal(messages[0]?.previews[0]?.title, 'A page');
    assert.equal(fetcher.urls.length, 1);

    await expire('https://a.example/');
    assert.deepEqual((await list(bob)).messages, []);
    await harness.settle();
    assert.equal(fetcher.urls.length, 2);
    assert.equal((await list(bob)).messages.length, 1);
  });

  test('of a page are searched in a few texts at a time, of one user at a time', async () => {
    for (let index = 0; index < 5; index += 1) await alice.send(`> https://a.example/${index}`);
    const { linkPreviews } = harness.store;
    const findPreviews = linkPreviews.findPreviews.bind(linkPreviews);
    const reads: PromiseWithResolvers<void>[] = [];
    linkPreviews.findPreviews = async (...call) => {
      const read = Promise.withResolvers<void>();
      reads.push(read);
      await read.promise;
      return findPreviews(...call);
    };

    const pages = Promise.all([list(alice), list(bob)]);

    // Three for each of both, although quotes have no previews: others are served in between.
    for (let count = 1; count <= 6; count += 1) {
      await until(() => reads.length === count, 'the next texts');
      reads.at(-1)?.resolve();
    }
    await pages;
    assert.equal(reads.length, 6);
  });

  test('are fetched once for all messages and readers, failures too', async () => {
    const gate = Promise.withResolvers<void>();
    fetcher.gate = gate.promise;
    for (const text of ['https://a.example/#1', 'https://a.example/#2', 'https://a.example/']) {
      await alice.send(text);
    }
    await list(bob);
    await harness.settle();
    gate.resolve();
    await harness.settle();
    await list(bob);
    await harness.settle();
    assert.equal(fetcher.urls.length, 1);
    // Those who wait for a preview learn that there is none.
    assert.deepEqual(shown(bob).flat(), []);
    assert.equal(bob.ofKind('link-preview').length, 3);
  });

  test('that another node fetches come to those who have the room open here', async () => {
    const gate = Promise.withResolvers<void>();
    fetcher.gate = gate.promise;
    fetcher.links = { 'https://a.example/': PAGE };
    await alice.send('https://a.example/');
    await harness.settle();
    const own = new Fetcher();
    const other = new ChatHarness({ store: harness.store, clock, linkFetcher: own });
    const carol = await other.connect('carol');
    await carol.join('lobby');
    await carol.send('https://a.example/');
    await other.settle();
    assert.deepEqual(shown(carol), []);

    gate.resolve();
    await harness.settle();
    clock.advance(500);
    await other.settle();

    assert.deepEqual(shown(carol), [[['https://a.example/', 'A page']]]);
    assert.deepEqual(own.urls, []);
  });

  test('are not waited for for ever', async () => {
    fetcher.gate = new Promise(() => {});
    await alice.send('https://a.example/');
    await harness.settle();
    const other = new ChatHarness({ store: harness.store, clock, linkFetcher: new Fetcher() });
    const carol = await other.connect('carol');
    await carol.join('lobby');
    await carol.send('https://a.example/');
    await other.settle();
    for (let waited = 0; waited < 15_000; waited += 500) {
      assert.deepEqual(shown(carol), []);
      clock.advance(500);
      await other.settle();
    }
    assert.deepEqual(shown(carol), [[]]);
  });

  test('follow the text of the message', async () => {
    fetcher.links = { 'https://a.example/': PAGE, 'https://b.example/': { title: 'Other' } };
    await alice.send('https://a.example/');
    await harness.settle();
    const messageId = bob.ofKind('link-preview')[0]?.messageId as MessageId;
    await alice.change(roomId, messageId, {
      kind: 'edit',
      content: 'https://b.example/',
      contentLengthMax: 1000,
    });
    await harness.settle();
    assert.deepEqual(shown(bob).at(-1), [['https://b.example/', 'Other']]);
    await alice.change(roomId, messageId, {
      kind: 'edit',
      content: '<https://b.example/>',
      contentLengthMax: 1000,
    });
    await harness.settle();
    assert.deepEqual((await list(bob)).messages, []);
  });

  test('are not sent of a message that was deleted meanwhile', async () => {
    const gate = Promise.withResolvers<void>();
    fetcher.gate = gate.promise;
    fetcher.links = { 'https://a.example/': PAGE };
    await alice.send('https://a.example/');
    const [message] = (
      await harness.store.log.readHistory({ roomId, before: undefined, after: undefined, limit: 1 })
    ).messages;
    await alice.change(roomId, message?.id as MessageId, { kind: 'deletion' });
    gate.resolve();
    await harness.settle();
    assert.deepEqual(bob.ofKind('link-preview'), []);
  });

  test('have pictures, which only those who may read the message get, and which expire', async () => {
    fetcher.links = { 'https://a.example/': { ...PAGE, picture: Buffer.from('png') } };
    await alice.send('https://a.example/');
    await harness.settle();
    const [{ messageId, previews } = { messageId: '' as MessageId, previews: [] }] =
      bob.ofKind('link-preview');
    const { fileId: pictureId = '' } = previews[0]?.picture ?? {};
    const find = (client: Client, over = {}) =>
      harness.chat.linkPreviews.findPicture(client.connection.user, {
        ...{ roomId, messageId, pictureId, ...over },
      });
    assert.deepEqual([...kept.keys()], [pictureId]);
    const { id, expiresAtMs } = await find(bob);
    assert.deepEqual([id, expiresAtMs], [pictureId, clock.nowMs() + 7 * DAY_MS]);
    // As a file, it belongs to no user.
    for (const client of [alice, bob]) {
      const asked = harness.chat.fileAccess.find(client.connection.user, pictureId);
      await assert.rejects(asked, { code: 'NOT_FOUND' });
    }
    await alice.send('other');
    await assert.rejects(find(bob, { pictureId: 'other' }), { code: 'NOT_FOUND' });
    await assert.rejects(find(bob, { messageId: 'other' }), { code: 'NOT_FOUND' });
    await assert.rejects(find(bob, { roomId: 'other' }), { code: 'NOT_FOUND' });
    await expire('https://a.example/');
    await assert.rejects(find(bob), { code: 'NOT_FOUND' });
  });

  test('are limited: by user, at once, and in the queue', async () => {
    const gate = Promise.withResolvers<void>();
    fetcher.gate = gate.promise;
    for (let count = 0; count < 20; count += 1) {
      const links = [1, 2, 3].map((each) => `https://a.example/${count}/${each}`);
      await alice.send(links.join(' '));
    }
    await harness.settle();
    assert.equal(fetcher.atOnceMax, 2);
    await bob.send('https://b.example/1 https://b.example/2 https://b.example/3');
    await harness.settle();
    assert.equal(fetcher.atOnceMax, 4);
    gate.resolve();
    await harness.settle();
    assert.equal(fetcher.urls.filter((url) => url.startsWith('https://a.')).length, 30);
    assert.equal(fetcher.urls.filter((url) => url.startsWith('https://b.')).length, 3);
    const dropped = harness.logger.filter(({ event }) => event === 'preview.dropped');
    assert.equal(dropped.length, 30);
  });

  test('show no control characters, no marks without end and no long texts', async () => {
    const title = `\u202eevil\u0000 ${'a\u0301\u0302\u0303'.repeat(3)}${'\u0301'.repeat(500)} ${'x'.repeat(500)}`;
    fetcher.links = { 'https://a.example/': { title, description: '\ud800 \u200f' } };
    await alice.send('https://a.example/');
    await harness.settle();
    const [preview] = bob.ofKind('link-preview')[0]?.previews ?? [];
    assert.ok([...(preview?.title ?? '')].length <= 200);
    assert.match(preview?.title ?? '', /^evil /);
    assert.equal(preview?.description, '\ufffd');
  });

  describe('on a node that leaves them to another process', () => {
    let node: ChatHarness;
    let carol: Client;
    beforeEach(async () => {
      const settings = {
        linkPreviews: true,
        units: UNIT_NAMES.filter((each) => each !== 'previews'),
      };
      node = new ChatHarness({ store: harness.store, clock, settings });
      await node.chat.begin();
      carol = await node.connect('carol');
      await carol.join('lobby');
    });

    /** Both processes work for so long. */
    const pass = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 500) {
        clock.advance(500);
        await harness.settle();
        await node.settle();
      }
    };
    const listed = async () => (await list(carol)).messages.flatMap(({ previews }) => previews);

    test('come to those who have the room open there', async () => {
      fetcher.links = { 'https://a.example/#x': PAGE };
      await carol.send('https://a.example/#x');
      await node.settle();
      assert.deepEqual([shown(carol), fetcher.urls], [[], []]);

      await pass(1500);

      assert.deepEqual(shown(carol), [[['https://a.example/#x', 'A page']]]);
      await carol.send('https://a.example/#x');
      await node.settle();
      assert.equal(shown(carol).length, 2);
      assert.equal(fetcher.urls.length, 1);
    });

    test('wait for a process that fetches them, and the chat does not', async () => {
      await harness.chat.close();
      fetcher.urls.length = 0;
      for (let count = 0; count < 12; count += 1) {
        await carol.send([1, 2, 3].map((each) => `https://a.example/${count}/${each}`).join(' '));
      }
      await node.settle();
      assert.deepEqual(shown(carol), []);
      await pass(15_000);
      // The limit of a user is that of the node.
      assert.equal(shown(carol).length, 10);
      assert.equal(shown(carol).flat().length, 0);

      const [next, gate] = [new Fetcher(), Promise.withResolvers<void>()];
      next.gate = gate.promise;
      next.links = { 'https://a.example/9/3': PAGE };
      harness = new ChatHarness({ store: harness.store, clock, linkFetcher: next });
      await harness.chat.begin();
      await pass(1000);
      assert.deepEqual([next.urls.length, next.atOnceMax], [4, 4]);
      gate.resolve();
      await pass(1000);
      assert.deepEqual([next.urls.length, next.atOnceMax], [30, 4]);
      assert.equal((await listed())[0]?.title, 'A page');
    });

    test('are fetched by the next process if one ends while it fetches them', async () => {
      const gate = Promise.withResolvers<void>();
      fetcher.gate = gate.promise;
      await carol.send('https://a.example/');
      await pass(1000);
      assert.deepEqual(fetcher.urls, ['https://a.example/']);
      // Its end is no answer of the page.
      const closing = harness.chat.close();
      gate.resolve();
      await closing;

      const next = new Fetcher();
      next.links = { 'https://a.example/': PAGE };
      harness = new ChatHarness({ store: harness.store, clock, linkFetcher: next });
      await harness.chat.begin();
      await pass(13_500);
      assert.deepEqual(next.urls, []);
      await pass(1500);

      assert.deepEqual(next.urls, ['https://a.example/']);
      assert.equal((await listed())[0]?.title, 'A page');
    });

    test('are not of another page if an older node has replaced the entry', async () => {
      const wanted = { url: 'https://a.example/', userId: carol.connection.user.id };
      const times = { nowMs: clock.nowMs(), expiresAtMs: clock.nowMs() + DAY_MS };
      const urlDigest = systemCrypto.digest('https://b.example/');
      await harness.store.linkPreviews.wantPreview({ ...wanted, urlDigest }, times);
      await pass(30_000);
      assert.deepEqual(fetcher.urls, []);
    });

    test('do not delay the links of users beside the unit', async () => {
      const gate = Promise.withResolvers<void>();
      fetcher.gate = gate.promise;
      for (let count = 0; count < 10; count += 1) await carol.send(`https://a.example/${count}`);
      await pass(1000);
      assert.equal(fetcher.atOnceMax, 4);
      // In a room of this node only: there is no bus.
      const dave = await harness.connect('dave');
      await dave.join('den');
      await dave.send('https://b.example/');
      await harness.settle();
      gate.resolve();
      await pass(500);
      assert.equal(fetcher.urls.indexOf('https://b.example/'), 5);
      assert.equal(fetcher.urls.length, 11);
      assert.equal(fetcher.atOnceMax, 4);
    });
  });

  test('are not made by a server without them', async () => {
    const without = new ChatHarness();
    const carol = await without.connect('carol');
    const { id } = (await carol.join('lobby')).room;
    await carol.send('https://a.example/');
    await without.settle();
    const page = { roomId: id, before: undefined, after: undefined, limit: 50 };
    assert.deepEqual(await without.chat.linkPreviews.list(carol.connection.user, page), {
      ...{ enabled: false, messages: [], lastSequence: 1 },
    });
    assert.deepEqual(carol.ofKind('link-preview'), []);
  });
});
