/** Imports beside the chat: who runs them, how often, and that the chat goes on whatever they do. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HistoryImport, ImportReport } from '../../../src/model/history-import.ts';
import {
  ExportElsewhere,
  type HistoryImporter,
  ImportRejected,
} from '../../../src/ports/history-importer.ts';
import { StoreUnavailable } from '../../../src/ports/store.ts';
import { ChatHarness } from '../../support/chat-harness.ts';

const REPORT: ImportReport = {
  ...{ people: 1, knownPeople: 0, rooms: 1, messages: 1, knownMessages: 0, leftOut: [] },
};
const DAY_MS = 24 * 60 * 60 * 1000;

/** An importer that does as the test says, and counts its runs. */
function importerOf(run: HistoryImporter['run'], isHere = async () => true) {
  const counts = { runs: 0 };
  const importer: HistoryImporter = {
    isHere,
    run: (...given) => {
      counts.runs += 1;
      return run(...given);
    },
  };
  return { importer, counts };
}

const hang: HistoryImporter['run'] = (_wanted, _platform, signal) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('ended'))));

/** @param before Whose store and clock it has. */
async function begin(historyImporter: HistoryImporter, before?: ChatHarness) {
  const kept = before === undefined ? {} : { store: before.store, clock: before.clock };
  const harness = new ChatHarness({ historyImporter, ...kept });
  await harness.chat.begin();
  await harness.settle();
  return harness;
}

async function want(harness: ChatHarness, agoMs = 0): Promise<string> {
  return harness.store.imports.insertImport({
    ...{ id: 'i1', format: 'slack', path: '/slack.zip', size: 1, digest: 'ab', operator: 'root@x' },
    createdAtMs: harness.clock.nowMs() - agoMs,
  });
}

async function advance(on: ChatHarness, ms: number): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= 1000) {
    on.clock.advance(Math.min(1000, leftMs));
    await on.settle();
  }
}

async function importOf({ store }: ChatHarness): Promise<HistoryImport> {
  const found = await store.imports.findImport('i1');
  assert(found !== undefined);
  return found;
}

const logged = (harness: ChatHarness, name: string) =>
  harness.logger.filter(({ event }) => event === name);

async function chatGoesOn(harness: ChatHarness, name: string): Promise<void> {
  const client = await harness.connect(name);
  await client.join('lobby');
  await client.send(`of ${name}`);
  assert.ok(client.kinds().includes('acknowledged'));
}

describe('an import', () => {
  test('runs once, and tells how far it is', async () => {
    const done = Promise.withResolvers<void>();
    const { importer, counts } = importerOf(async (wanted, platform) => {
      assert.deepEqual([wanted.path, wanted.operator], ['/slack.zip', 'root@x']);
      await platform.onProgress(3, 9);
      await done.promise;
      return REPORT;
    });
    const harness = await begin(importer);
    await want(harness);
    await advance(harness, 4000);
    const { state, done: count, total } = await importOf(harness);
    assert.deepEqual([state, count, total], ['running', 3, 9]);
    await advance(harness, 120_000);

    done.resolve();
    await harness.settle();
    await advance(harness, 120_000);

    const ended = await importOf(harness);
    assert.deepEqual([ended.state, ended.done, ended.report], ['done', 9, REPORT]);
    assert.equal(counts.runs, 1);
    assert.equal(logged(harness, 'import.finished').length, 1);
    await harness.chat.close();
  });

  test('that fails is tried again, later each time and not for ever, and the chat goes on', async () => {
    const atMs: number[] = [];
    const { importer, counts } = importerOf(async () => {
      atMs.push(harness.clock.nowMs());
      throw new Error('The thread has ended');
    });
    const harness = await begin(importer);
    await want(harness);
    await advance(harness, 30_000);
    await chatGoesOn(harness, 'alice');
    assert.equal((await importOf(harness)).state, 'waiting');
    await advance(harness, 60 * 60_000);

    const { state, failure } = await importOf(harness);
    assert.deepEqual([state, failure], ['failed', 'The thread has ended']);
    assert.equal(counts.runs, 10);
    const [first = 0, second = 0, third = 0] = atMs;
    assert.ok(third - second > second - first, String(atMs));
    assert.equal(logged(harness, 'import.failed').length, 10);
    await harness.chat.close();
  });

  test('of a bad file is not tried again', async () => {
    const { importer, counts } = importerOf(async () => {
      throw new ImportRejected('users.json is not a list.');
    });
    const harness = await begin(importer);
    await want(harness);
    await advance(harness, 60_000);
    const { state, failure } = await importOf(harness);
    assert.deepEqual([state, failure, counts.runs], ['failed', 'users.json is not a list.', 1]);
    await harness.chat.close();
  });

  test('goes on when the store works again, however often it has failed', async () => {
    let left = 15;
    const { importer, counts } = importerOf(async () => {
      left -= 1;
      if (left >= 0) throw new StoreUnavailable('down');
      return REPORT;
    });
    const harness = await begin(importer);
    await want(harness);
    await advance(harness, 20 * 60_000);
    assert.deepEqual([(await importOf(harness)).state, counts.runs], ['done', 16]);
    await harness.chat.close();
  });

  test('that hangs leaves the chat alone, and is of the next process when its own one ends', async () => {
    const hanging = importerOf(hang);
    const first = await begin(hanging.importer);
    await want(first);
    await advance(first, 5000);
    await chatGoesOn(first, 'alice');
    assert.equal((await importOf(first)).state, 'running');
    await first.chat.close();
    assert.equal((await importOf(first)).state, 'waiting');

    const next = importerOf(async () => REPORT);
    const second = await begin(next.importer, first);
    await second.settle();
    assert.deepEqual([hanging.counts.runs, next.counts.runs], [1, 1]);
    assert.equal((await importOf(second)).state, 'done');
    await second.chat.close();
  });

  test('of a server that was killed is taken at its next start', async () => {
    const killed = await begin(importerOf(hang).importer);
    await want(killed);
    await advance(killed, 5000);

    const next = importerOf(async () => REPORT);
    const restarted = await begin(next.importer, killed);
    await restarted.settle();
    assert.equal((await importOf(restarted)).state, 'done');
    await restarted.chat.close();
  });

  test('ends if another process has taken it meanwhile', async () => {
    let isEnded = false;
    const { importer } = importerOf(async (wanted, platform, signal) => {
      signal.addEventListener('abort', () => {
        isEnded = true;
      });
      return hang(wanted, platform, signal);
    });
    const harness = await begin(importer);
    await want(harness);
    await advance(harness, 3000);
    const nowMs = harness.clock.nowMs() + 60_000;
    const other = { holder: 'other', nowMs, dueAtMs: nowMs + 60_000 };
    assert.equal(await harness.store.imports.takeImport('i1', other), 2);
    await advance(harness, 2000);
    assert.ok(isEnded);
    assert.equal((await importOf(harness)).state, 'running');
    await harness.chat.close();
  });

  test('whose file is not here is left to others for a week, with one line in the log', async () => {
    const { importer, counts } = importerOf(
      async () => {
        throw new ExportElsewhere('/slack.zip cannot be read');
      },
      async () => false,
    );
    const harness = await begin(importer);
    await want(harness, 7 * DAY_MS - 120_000);
    await advance(harness, 60_000);
    assert.deepEqual([(await importOf(harness)).state, counts.runs], ['waiting', 0]);
    assert.equal(logged(harness, 'import.elsewhere').length, 1);
    await advance(harness, 120_000);
    const { state, failure } = await importOf(harness);
    assert.deepEqual([state, failure], ['failed', '/slack.zip cannot be read']);
    await harness.chat.close();
  });

  test('whose file here is another one is left to others, and read once', async () => {
    const { importer, counts } = importerOf(async () => {
      throw new ExportElsewhere('/slack.zip is another file');
    });
    const harness = await begin(importer);
    await want(harness);
    await advance(harness, 60_000);
    assert.deepEqual([(await importOf(harness)).state, counts.runs], ['waiting', 1]);
    assert.equal(logged(harness, 'import.elsewhere').length, 1);
    await harness.chat.close();
  });
});
