/** Work beside the chat in processes of its own: nodes leave it out, and never wait for it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { Account } from '../../packages/server/test/support/account.ts';
import { pngOf } from '../../packages/server/test/support/png.ts';
import { redisSkip } from '../../packages/server/test/support/redis-server.ts';
import { postgresSkip } from '../../packages/server/test/support/test-database.ts';
import type { TestSocket } from '../../packages/server/test/support/test-socket.ts';
import { until } from '../../packages/server/test/support/wait.ts';
import { bytes, html, WebSite } from '../../packages/server/test/support/web-site.ts';
import type { ParleyProcess } from '../support/parley-process.ts';
import { TestCluster } from './test-cluster.ts';

/** Units that make what clients show as pictures. */
const PICTURES = 'thumbnails,previews';

describe('units', { skip: redisSkip() || postgresSkip() }, () => {
  let cluster: TestCluster;
  let database: pg.Client;
  let alice: Account;
  let socket: TestSocket;
  let roomId: string;
  before(async () => {
    const previews = { LINK_PREVIEWS: 'on', LINK_PREVIEW_ALLOW: '127.0.0.1' };
    cluster = await TestCluster.start(1, { UNITS: 'none', ...previews });
    database = new pg.Client({ connectionString: cluster.databaseUrl });
    await database.connect();
    alice = await Account.signUp(cluster.urlOf(0), 'alice');
    socket = await alice.connect();
    ({ roomId } = await socket.joinRoom({ roomName: 'lobby' }));
  });
  after(async () => {
    await database?.end();
    await cluster?.close();
  });

  const notIndexed = async (): Promise<number> => {
    const { rows } = await database.query('SELECT count(*)::int AS count FROM search_pending');
    return rows[0].count;
  };
  const untilIndexed = () => until(async () => (await notIndexed()) === 0, 'an index of all');

  test('are left to processes that run them, with all that waited', async () => {
    await socket.sendMessage({ roomId, content: 'before any unit runs' });
    const sendAt = new Date(Date.now() + 1000).toISOString();
    await alice.must('POST', '/api/scheduled', { roomId, content: 'in time', sendAt });
    assert.equal(await notIndexed(), 1);

    const units = await cluster.startUnits('search,scheduled');

    assert.equal((await socket.next('chat_message')).content, 'in time');
    await untilIndexed();
    await units.stop();
    assert.equal(units.exitCode, 0);
  });

  test('neither stop the chat nor each other if their process hangs or is killed', async () => {
    const hanging = await cluster.startUnits('all');
    process.kill(hanging.pid, 'SIGSTOP');
    await socket.sendMessage({ roomId, content: 'beside a process that hangs' });
    assert.equal(await notIndexed(), 1);

    const next = await cluster.startUnits('search');
    await untilIndexed();
    await next.kill();
    await socket.sendMessage({ roomId, content: 'beside a process that was killed' });
    assert.equal(await notIndexed(), 1);

    process.kill(hanging.pid, 'SIGCONT');
    await untilIndexed();
    await hanging.stop();
  });

  describe('of thumbnails and link previews', () => {
    let site: WebSite;
    let units: ParleyProcess;
    let held = 0;
    before(async () => {
      const page = html('<title>A page</title><meta property="og:image" content="/picture">');
      site = await WebSite.start({
        '/page': page,
        '/picture': bytes(pngOf(960, 540), 'image/png'),
        // The first request gets no answer.
        '/held': (response, request) => {
          held += 1;
          if (held > 1) page(response, request);
        },
      });
      units = await cluster.startUnits(PICTURES);
    });
    after(async () => {
      await units?.kill();
      await site?.close();
    });

    const upload = async (): Promise<string> => {
      const sent = await alice.sendFile('POST', '/api/upload', pngOf(1600, 800));
      assert.equal(sent.status, 201, await sent.clone().text());
      return ((await sent.json()) as { url: string }).url;
    };
    const read = async (path: string): Promise<string | null> => {
      const headers = { authorization: `Bearer ${alice.token}` };
      return (await fetch(cluster.urlOf(0) + path, { headers })).headers.get('content-type');
    };
    const typesOf = (url: string) =>
      Promise.all(['large', 'small'].map((size) => read(`${url}/thumbnail?size=${size}`)));
    const untilMade = (url: string) =>
      until(
        async () => (await typesOf(url)).join() === 'image/webp,image/webp',
        `${url} to be small`,
      );
    const due = async (): Promise<number> => {
      const sql = 'SELECT count(*)::int AS due FROM files WHERE thumbnails_due_at IS NOT NULL';
      return (await database.query(sql)).rows[0].due;
    };
    // The thumbnails are in their place before their process notes that they are made.
    const untilNoneIsDue = () => until(async () => (await due()) === 0, 'no thumbnails to be due');
    const say = (path: string) => socket.sendMessage({ roomId, content: site.url + path });
    // A fetch has a few seconds, which a busy machine may exceed: then the link is wanted again, as later.
    const wantUnfetched = () =>
      database.query(
        `UPDATE link_previews SET status = 'wanted', due_at = 0
         WHERE status = 'none' OR status = 'found' AND picture_id IS NULL`,
      );
    const found = async (count: number): Promise<void> => {
      const sql = `SELECT 1 FROM link_previews WHERE status = 'found' AND title = 'A page'`;
      const isFound = async () => {
        await wantUnfetched();
        return (await database.query(sql)).rowCount === count;
      };
      await until(isFound, `${count} previews`);
    };
    /** Of a link that is said until its preview comes: a node waits for it for a limited time. */
    const shown = async (path: string): Promise<string> => {
      let pictureUrl: string | undefined;
      const isShown = async () => {
        await wantUnfetched();
        await say(path);
        const [preview] = (await socket.next('link_preview')).previews;
        if (preview !== undefined) assert.equal(preview.title, 'A page');
        pictureUrl = preview?.pictureUrl;
        return pictureUrl !== undefined;
      };
      await until(isShown, `the preview of ${path}`);
      return pictureUrl ?? assert.fail();
    };

    test('make them, which nodes do not', async () => {
      await untilMade(await upload());
      assert.equal(await read(await shown('/page?1')), 'image/webp');
      // A process that is stopped before has its file for a minute longer.
      await untilNoneIsDue();
    });

    test('make those that wait for a process that hung and was killed', async () => {
      process.kill(units.pid, 'SIGSTOP');
      const urls = [await upload()];
      await say('/page?2');
      await say('/page?3');
      await units.kill();
      urls.push(await upload());
      for (const url of urls) assert.deepEqual(await typesOf(url), ['image/png', 'image/png']);
      assert.equal(site.requests.includes('/page?2'), false);

      units = await cluster.startUnits(PICTURES);
      for (const url of urls) await untilMade(url);
      await untilNoneIsDue();
      await found(3);
    });

    test('open a link that a killed process was opening', async () => {
      await say('/held');
      const isRequested = async () => {
        await wantUnfetched();
        return site.requests.includes('/held');
      };
      await until(isRequested, 'the request');
      await units.kill();
      await say('/page?4');
      units = await cluster.startUnits(PICTURES);
      // The former process counts as the one that fetches it for 15 s.
      await found(5);
    });
  });
});
