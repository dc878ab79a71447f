/** The process of an import: what it does through the store of its parent, and how it is ended. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { historyImporter } from '../../src/imports/import-process.ts';
import { describeExport } from '../../src/imports/open-export.ts';
import {
  ExportElsewhere,
  type ImportPlatform,
  ImportRejected,
} from '../../src/ports/history-importer.ts';
import { StoreUnavailable } from '../../src/ports/store.ts';
import { memoryFileStorage } from '../support/memory-file-storage.ts';
import { openSqliteInMemory } from '../support/sqlite-in-memory.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { until } from '../support/wait.ts';

const PROGRAM = new URL('../../src/composition/import-program.ts', import.meta.url);
function programOf(text: string): URL {
  const path = join(temporaryDirectory(), 'program.mjs');
  writeFileSync(path, text);
  return pathToFileURL(path);
}
const NEVER = new AbortController().signal;
const FILE_BYTES = 300_000;

/** An export with a file beside it. */
async function exported(lines: readonly object[] = []) {
  const folder = temporaryDirectory();
  const path = join(folder, 'import.jsonl');
  const post = { team: 't', channel: 'c', user: 'ana', message: 'hi', create_at: 1 };
  const all = [
    { type: 'version', version: 1 },
    { type: 'channel', channel: { team: 't', name: 'c', display_name: 'C', type: 'O' } },
    { type: 'user', user: { username: 'ana', teams: [{ name: 't', channels: [{ name: 'c' }] }] } },
    { type: 'post', post: { ...post, attachments: [{ path: 'a.bin' }] } },
    ...lines,
  ];
  writeFileSync(path, all.map((line) => JSON.stringify(line)).join('\n'));
  // Where the format has it; in more than one piece.
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data/a.bin'), new Uint8Array(FILE_BYTES).fill(7));
  return { ...(await describeExport({ format: 'mattermost', path })), operator: 'root@x' };
}

function platformOf(over: Partial<ImportPlatform> = {}) {
  const kept = new Map<string, Buffer>();
  const store = openSqliteInMemory();
  const counts = { rooms: 0, paced: 0 };
  const platform: ImportPlatform = {
    ...{ store, fileStorage: memoryFileStorage(kept) },
    ...{ contentLengthMax: 1000, fileBytesMax: 1_000_000, allFilesBytesMax: 10_000_000 },
    pace: (call) => {
      counts.paced += 1;
      return call();
    },
    onProgress: async () => {},
    onRoomEnd: async () => {
      counts.rooms += 1;
    },
    ...over,
  };
  return { platform, kept, counts };
}

describe('the process of an import', () => {
  test('imports through the store and the storage of its parent', async () => {
    const { platform, kept, counts } = platformOf();
    const wanted = await exported();
    const importer = historyImporter({ program: PROGRAM });
    assert.equal(await importer.isHere(wanted), true);
    assert.equal(await importer.isHere({ ...wanted, size: 1 }), false);

    const report = await importer.run(wanted, platform, NEVER);

    assert.deepEqual([report.people, report.messages, report.rooms, report.leftOut], [1, 1, 1, []]);
    assert.deepEqual(
      [...kept.values()].map(({ length }) => length),
      [FILE_BYTES],
    );
    assert.equal(counts.rooms, 1);
    assert.ok(counts.paced > 5);
  });

  test('tells another file, a bad one and a failure of the store apart', async () => {
    const importer = historyImporter({ program: PROGRAM });
    const { platform } = platformOf();
    const run = (wanted: Awaited<ReturnType<typeof exported>>, given = platform) =>
      importer.run(wanted, given, NEVER);
    await assert.rejects(run({ ...(await exported()), digest: 'other' }), ExportElsewhere);
    await assert.rejects(run({ ...(await exported()), path: '/no/such/file' }), ExportElsewhere);
    const bad = await exported([]);
    await assert.rejects(run({ ...bad, format: 'slack' }), (error: Error) => {
      assert(error instanceof ImportRejected);
      assert.match(error.message, /is not a ZIP archive/);
      return true;
    });
    const { store } = platform;
    const log = { ...store.log, commit: async () => Promise.reject(new StoreUnavailable('down')) };
    const failing = { ...platform, store: { ...store, log } };
    await assert.rejects(run(await exported(), failing), StoreUnavailable);
  });

  test('is ended if it hangs, floods, fails, ends, or needs too much memory', async () => {
    const wanted = await exported();
    const call = "process.send({ id: 1, name: 'onProgress', args: [0, 0] });";
    const programs: Readonly<Record<string, readonly [text: string, error: RegExp]>> = {
      hangs: ['for (;;);', /did not go on/],
      waits: ["process.on('message', () => {});", /did not go on/],
      floods: [`for (;;) { ${call} }`, /too many calls/],
      fails: ['throw new Error("no")', /has ended \(code 1\)/],
      ends: ['process.exit(0)', /has ended \(code 0\)/],
      grows: ['const all = []; for (;;) all.push(new Array(1000).fill({}));', /16 MiB of memory/],
    };
    for (const [what, [text, expected]] of Object.entries(programs)) {
      let served = 0;
      const { platform } = platformOf({
        onProgress: () => {
          served += 1;
          return new Promise(() => {});
        },
      });
      const silentMs = what === 'hangs' || what === 'waits' ? 300 : 60_000;
      const importer = historyImporter({ program: programOf(text), silentMs, heapMib: 16 });
      // The event loop of the process is free meanwhile.
      let turns = 0;
      const turning = setInterval(() => {
        turns += 1;
      }, 1);
      await assert.rejects(importer.run(wanted, platform, NEVER), expected, what);
      clearInterval(turning);
      assert.ok(turns > 1, what);
      assert.ok(served <= 8, `${what}: ${served}`);
    }
  });

  test('ends with its parent, and calls nothing afterwards', async () => {
    const ending = new AbortController();
    let calls = 0;
    const { platform } = platformOf({
      pace: async (call) => {
        calls += 1;
        if (calls === 3) ending.abort();
        return call();
      },
    });
    const importer = historyImporter({ program: PROGRAM });
    await assert.rejects(importer.run(await exported(), platform, ending.signal), /server ends/);
    assert.equal(calls, 3);
    const aborted = AbortSignal.abort();
    await assert.rejects(importer.run(await exported(), platform, aborted), /server ends/);
    await until(() => calls === 3, 'no more calls');
  });
});
