/** Decodes pictures until it is killed, and tells the process that does. Argument: a folder. */
import { readFileSync, writeFileSync } from 'node:fs';
import { Pictures } from '../../src/files/pictures.ts';
import { pngOf } from './png.ts';
import { webpBombOf } from './webp-bomb.ts';

process.chdir(process.argv[2] ?? '');
const program = new URL('./noted-picture-program.ts', import.meta.url);
const pictures = new Pictures({ onMissing: () => {}, program });
const to = { content: 'content', thumbnail: 'thumbnail', use: 'attachment' } as const;
writeFileSync('small', pngOf(1, 1));
writeFileSync('large', webpBombOf(4000));
await pictures.rewrite('small', 'image/png', to);
setInterval(() => pictures.rewrite('large', 'image/webp', to), 1000);
process.send?.(Number(readFileSync('pid', 'utf8')));
