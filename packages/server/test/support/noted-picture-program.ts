/** `picture-program.ts`, which tells its process in the folder that it runs in. */
import { writeFileSync } from 'node:fs';

writeFileSync('pid', `${process.pid}`);
await import('../../src/files/picture-program.ts');
