/** Contract of every store for previews of links: each address is fetched by one process at a time, and kept for a while. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { UserId } from '@parley/protocol';
import type { LinkPreview } from '../../src/model/link-preview.ts';
import type { Store } from '../../src/ports/store.ts';
import { NOON_MS } from '../support/records.ts';

const PREVIEW: LinkPreview = {
  ...{ title: 'Grüße 😀', description: undefined, siteName: 'Example' },
  picture: { fileId: 'f1', width: 480, height: 270 },
};

export function testLinkPreviews(adapter: string, openEmpty: () => Promise<Store>): void {
  describe(`${adapter}: previews of links`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await openEmpty();
    });
    afterEach(() => store.close());

    const digestOf = (url: string) => createHash('sha256').update(url).digest('hex');
    const [a, b] = [digestOf('a'), digestOf('b')];
    const awaited = (urlDigest: string) => ({ urlDigest, isAwaited: true, preview: undefined });
    const wantedOf = (urlDigest: string) => ({
      ...{ urlDigest, url: `https://${urlDigest}/ä`, userId: `for-${urlDigest}` as UserId },
    });
    const want = (urlDigest: string, nowMs = NOON_MS) =>
      store.linkPreviews.wantPreview(wantedOf(urlDigest), { nowMs, expiresAtMs: nowMs + 1000 });
    const take = (urlDigest: string, nowMs = NOON_MS) => {
      const times = { nowMs, dueAtMs: nowMs + 100, expiresAtMs: nowMs + 1000 };
      return store.linkPreviews.takePreview(wantedOf(urlDigest), times);
    };
    const takeDue = async (nowMs: number) => {
      const hasDue = await store.linkPreviews.hasDuePreview(nowMs);
      const due = await store.linkPreviews.takeDuePreview({ nowMs, dueAtMs: nowMs + 100 });
      assert.equal(hasDue, due !== undefined);
      return due;
    };
    const settle = (urlDigest: string, preview: LinkPreview | undefined, expiresAtMs: number) =>
      store.linkPreviews.settlePreview(urlDigest, preview, { fetchedAtMs: NOON_MS, expiresAtMs });
    const find = (nowMs: number, ...digests: string[]) =>
      store.linkPreviews.findPreviews(digests, nowMs);

    test('an address is given to the first of those who want to fetch it', async () => {
      const taken = await Promise.all([take(a), take(a), take(b)]);
      assert.deepEqual(taken.filter(Boolean).length, 2);
      assert.deepEqual(await find(NOON_MS, a), [awaited(a)]);
      // The process that fetches it has ended meanwhile.
      assert.equal(await take(a, NOON_MS + 99), false);
      assert.equal(await take(a, NOON_MS + 100), true);
      assert.deepEqual(await find(NOON_MS + 1100, a), []);
    });

    test('a process that fetches takes what others want, the oldest first', async () => {
      await want(a);
      await want(b, NOON_MS + 10);
      await want(a, NOON_MS + 20);
      assert.deepEqual(await find(NOON_MS + 20, a), [awaited(a)]);
      assert.deepEqual(await takeDue(NOON_MS + 20), wantedOf(a));
      assert.equal(await take(a, NOON_MS + 119), false);
      // For a message of its own.
      assert.equal(await take(b, NOON_MS + 20), true);
      assert.equal(await takeDue(NOON_MS + 20), undefined);
      await settle(a, PREVIEW, NOON_MS + 5000);
      await settle(b, undefined, NOON_MS + 5000);
      await want(a, NOON_MS + 200);
      assert.equal(await takeDue(NOON_MS + 200), undefined);
      assert.equal((await find(NOON_MS + 200, a))[0]?.preview?.title, PREVIEW.title);
      assert.equal(await take(a, NOON_MS + 200), false);
    });

    test('an address is given to several processes once', async () => {
      for (const each of [a, b, digestOf('c')]) await want(each);
      const times = { nowMs: NOON_MS, dueAtMs: NOON_MS + 100 };
      const all = await Promise.all(
        Array.from({ length: 6 }, () => store.linkPreviews.takeDuePreview(times)),
      );
      // A call passes over rows that others take at that moment, and may find no other row.
      const taken = all.filter((each) => each !== undefined).map((each) => each.urlDigest);
      while (taken.length < 3) taken.push((await takeDue(NOON_MS))?.urlDigest ?? '');
      assert.deepEqual(taken.toSorted(), [a, b, digestOf('c')].toSorted());
    });

    test('an address whose process ended is given to one more, and none is for ever', async () => {
      await want(a);
      await take(b);
      assert.deepEqual(await takeDue(NOON_MS), wantedOf(a));
      const again = [await takeDue(NOON_MS + 100), await takeDue(NOON_MS + 100)];
      assert.deepEqual(again.map((each) => each?.urlDigest).toSorted(), [a, b].toSorted());
      assert.equal(await takeDue(NOON_MS + 200), undefined);
      assert.deepEqual(await find(NOON_MS + 199, a), [awaited(a)]);
      assert.deepEqual(await find(NOON_MS + 200, a, b), []);

      await want(a, NOON_MS + 200);
      assert.equal(await takeDue(NOON_MS + 1200), undefined);
      await want(a, NOON_MS + 1200);
      assert.deepEqual(await takeDue(NOON_MS + 1200), wantedOf(a));
    });

    test('what was fetched is found until it expires', async () => {
      await take(a);
      await take(b);
      await settle(a, PREVIEW, NOON_MS + 1000);
      await settle(b, undefined, NOON_MS + 500);
      const found = await find(NOON_MS + 400, b, a, digestOf('c'), a);
      assert.deepEqual(
        found.toSorted((one, other) => (one.urlDigest === a ? -1 : other === one ? 0 : 1)),
        [
          { urlDigest: a, isAwaited: false, preview: PREVIEW },
          { urlDigest: b, isAwaited: false, preview: undefined },
        ],
      );
      assert.equal(await take(a, NOON_MS + 999), false);
      assert.deepEqual(await find(NOON_MS + 1000, a, b), []);
      assert.equal(await take(a, NOON_MS + 1000), true);
      assert.deepEqual(await find(NOON_MS + 1000, a), [awaited(a)]);
    });

    test('another address in the same place replaces the one before', async () => {
      const other = a.slice(0, 4) + digestOf('x').slice(4);
      await take(a);
      await settle(a, PREVIEW, NOON_MS + 1000);
      assert.equal(await take(other), true);
      assert.deepEqual(await find(NOON_MS, a, other), [awaited(other)]);
      // The fetch of the former one ends now.
      await settle(a, PREVIEW, NOON_MS + 1000);
      assert.deepEqual(await find(NOON_MS, a), []);
    });

    test('expired ones are deleted in steps', async () => {
      for (const url of ['1', '2', '3']) await take(digestOf(url));
      await take(a, NOON_MS + 50);
      const remove = () => store.linkPreviews.deletePreviews(NOON_MS + 1001, 2);
      assert.deepEqual([await remove(), await remove(), await remove()], [2, 1, 0]);
      assert.equal((await find(NOON_MS + 1001, a)).length, 1);
    });
  });
}
