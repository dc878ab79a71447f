/** In place of `picture-program.ts`: does what the picture says, as a decoder that fails would. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { PictureCall, PictureResult } from '../../src/files/picture-program.ts';

process.on('disconnect', () => process.exit());
process.on('message', ({ id, job }: PictureCall) => {
  if (job.kind !== 'rewrite') return;
  const { source, content } = job.about;
  const wanted = readFileSync(source, 'latin1');
  if (wanted.includes('crash')) process.kill(process.pid, 'SIGSEGV');
  if (wanted.includes('hang')) return;
  writeFileSync(content, JSON.stringify({ pid: process.pid, env: process.env }));
  const rewritten = { type: 'image/png', width: 1, height: 1, hasThumbnail: false };
  const result: PictureResult = wanted.includes('missing')
    ? { kind: 'missing', message: 'no binary for this platform' }
    : { kind: 'rewritten', rewritten };
  process.send?.({ id, result });
});
