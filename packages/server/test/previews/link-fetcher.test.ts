/** The thread that fetches links. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkFetcher } from '../../src/previews/link-fetcher.ts';
import { html, WebSite } from '../support/web-site.ts';

test('links are fetched in a thread, from public addresses unless the operator names others', async () => {
  const site = await WebSite.start({ '/': html('<title>A page</title>') });
  const failures: unknown[] = [];
  const onFailure = (error: unknown) => void failures.push(error);
  const open = linkFetcher({ allow: ['127.0.0.0/8'], onFailure });
  const closed = linkFetcher({ allow: [], onFailure });

  assert.equal((await open.fetch(`${site.url}/`))?.title, 'A page');
  for (const host of [`127.0.0.1:${site.port}`, `localhost:${site.port}`, 'localhost', '[::1]']) {
    assert.equal(await closed.fetch(`http://${host}/`), undefined, host);
  }
  assert.deepEqual(site.requests, ['/']);

  // A fetch that is running ends without a preview when the server stops.
  const fetching = open.fetch(`${site.url}/silent`);
  await Promise.all([open.close(), closed.close(), site.close()]);
  assert.equal(await fetching, undefined);
  assert.deepEqual(failures, []);
});

test('a thread that hangs or ends is replaced', async () => {
  const programs = { hangs: 'for (;;);', ends: 'process.exit(1)', fails: 'throw new Error("no")' };
  for (const [what, text] of Object.entries(programs)) {
    const failures: unknown[] = [];
    const fetcher = linkFetcher({
      ...{ allow: [], totalMs: 0, onFailure: (error) => void failures.push(error) },
      program: new URL(`data:text/javascript,${encodeURIComponent(text)}`),
    });
    for (const count of [1, 2]) {
      assert.equal(await fetcher.fetch('http://a.example/'), undefined, what);
      assert.equal(failures.length, count, what);
    }
    await fetcher.close();
  }
});
