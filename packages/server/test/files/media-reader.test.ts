/** The thread that reads facts about sound and films. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import {
  BufferTarget,
  EncodedPacket,
  EncodedVideoPacketSource,
  MkvOutputFormat,
  MovOutputFormat,
  Mp4OutputFormat,
  Output,
  type OutputFormat,
  WebMOutputFormat,
} from 'mediabunny';
import { cleanFile } from '../../src/files/clean-file.ts';
import { mediaReader } from '../../src/files/media-reader.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { DEADLINE_MS } from '../support/wait.ts';
import { wavOf } from '../support/wav.ts';

const directory = temporaryDirectory();
let files = 0;
function fileOf(content: Uint8Array): string {
  files += 1;
  const path = join(directory, `${files}`);
  writeFileSync(path, content);
  return path;
}

/** Of three frames in 1.5 seconds; what they show is not read. */
async function filmOf(format: OutputFormat): Promise<Uint8Array> {
  const target = new BufferTarget();
  const output = new Output({ format, target });
  const frames = new EncodedVideoPacketSource('vp9');
  output.addVideoTrack(frames);
  await output.start();
  const config = { codec: 'vp09.00.10.08', codedWidth: 640, codedHeight: 360 };
  for (const at of [0, 0.5, 1]) {
    const frame = new EncodedPacket(new Uint8Array(20), 'key', at, 0.5);
    await frames.add(frame, { decoderConfig: config });
  }
  await output.finalize();
  return new Uint8Array(target.buffer ?? assert.fail('there is no film'));
}

describe('facts about sound and films', () => {
  // Machines that test are slow.
  const media = mediaReader({ totalMs: DEADLINE_MS });

  test('are how long they are, and how large', async () => {
    assert.deepEqual(await media.read(fileOf(wavOf(2.5)), 'audio/wav'), { durationMs: 2500 });
    const film = { width: 640, height: 360, durationMs: 1500 };
    for (const [type, format] of [
      ['video/mp4', new Mp4OutputFormat()],
      ['video/webm', new WebMOutputFormat()],
      ['video/x-matroska', new MkvOutputFormat()],
    ] as const) {
      assert.deepEqual(await media.read(fileOf(await filmOf(format)), type), film, type);
    }
  });

  test('are the same after places were removed', async () => {
    const fastStart = ['fragmented', 'in-memory', false] as const;
    const formats = [
      ...fastStart.map((each) => ['video/mp4', new Mp4OutputFormat({ fastStart: each })] as const),
      ['video/quicktime', new MovOutputFormat()] as const,
    ];
    for (const [type, format] of formats) {
      const path = fileOf(await filmOf(format));
      const facts = await media.read(path, type);
      cleanFile(path, type);
      assert.deepEqual([await media.read(path, type), facts.width], [facts, 640]);
    }
  });

  test('are those of recordings that do not tell them', async () => {
    const format = new WebMOutputFormat({ appendOnly: true });
    const facts = await media.read(fileOf(await filmOf(format)), 'video/webm');
    // Such a film does not say how long its last frame is seen.
    assert.deepEqual(facts, { width: 640, height: 360, durationMs: 1000 });
  });

  test('are missing for what is damaged, cut off, or something else', async () => {
    const film = await filmOf(new Mp4OutputFormat());
    const sized = Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isomiso2\xff\xff\xff\xffmoov', 'latin1');
    for (const [type, content] of [
      ['video/mp4', film.subarray(0, 60)],
      ['video/mp4', sized],
      ['video/webm', Buffer.from('\x1a\x45\xdf\xa3webm<svg>', 'latin1')],
      ['video/webm', film],
      ['audio/mpeg', Buffer.concat([Buffer.from('ID3'), Buffer.alloc(999)])],
      ['audio/ogg', Buffer.from('OggS\0OpusHead')],
      ['audio/flac', Buffer.from('fLaC')],
      ['audio/wav', wavOf(0)],
      ['image/png', wavOf(1)],
      ['application/pdf', wavOf(1)],
    ] as const) {
      assert.deepEqual(await media.read(fileOf(content), type), {}, type);
    }
    assert.deepEqual(await media.read(join(directory, 'none'), 'audio/wav'), {});
  });

  test('take a limited time', async () => {
    // Each frame is as short as possible: all are read to find the end.
    const frame = Buffer.from([0xff, 0xf1, 0x50, 0x80, 0, 0xe0, 0xfc]);
    const path = fileOf(Buffer.alloc(25_000_000, frame));
    const hasty = mediaReader({ totalMs: 1000 });

    assert.deepEqual(await hasty.read(path, 'audio/aac'), {});
    // The others have their turn.
    const next = await Promise.all([1, 2].map(() => media.read(fileOf(wavOf(1)), 'audio/wav')));
    assert.deepEqual(next, [{ durationMs: 1000 }, { durationMs: 1000 }]);
  });

  test('are read by another thread when a thread hangs, ends or fails', async () => {
    const programs = ['for (;;);', 'process.exit(1)', 'throw new Error("no")', 'null'];
    for (const text of programs) {
      const program = new URL(`data:text/javascript,${encodeURIComponent(text)}`);
      const broken = mediaReader({ totalMs: 100, idleMs: 0, program });
      const all = [1, 2, 3].map(() => broken.read('/none', 'audio/wav'));
      assert.deepEqual(await Promise.all(all), [{}, {}, {}], text);
    }
  });

  test('let the process end that has read them', async () => {
    const module = JSON.stringify(new URL('../../src/files/media-reader.ts', import.meta.url));
    const path = JSON.stringify(fileOf(wavOf(1)));
    const program = join(directory, 'reads.mjs');
    writeFileSync(
      program,
      `const { mediaReader } = await import(${module});
      const media = mediaReader({ totalMs: ${DEADLINE_MS}, idleMs: ${10 * DEADLINE_MS} });
      console.log(await media.read(${path}, 'audio/wav'));`,
    );
    // The thread does not end by itself before.
    const ended = await promisify(execFile)(process.execPath, [program], { timeout: DEADLINE_MS });
    assert.equal(ended.stdout, '{ durationMs: 1000 }\n');
  });

  test('are left out for those who would wait behind many others', async () => {
    const program = new URL('data:text/javascript,for(;;);');
    const busy = mediaReader({ totalMs: 1, program });
    const all = Array.from({ length: 100 }, () => busy.read('/none', 'audio/wav'));
    assert.deepEqual(await all.at(-1), {});
    assert.equal((await Promise.all(all)).length, 100);
  });
});
