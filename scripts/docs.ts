/**
 * `npm run docs`: writes the parts of `docs/` that are made from the code's own
 * tables. The checks fail where a part is not what the code says.
 */
import { generateDocs } from './docs/generate.ts';
import { runCommand, tool } from './steps.ts';

for (const file of generateDocs({ write: true })) {
  await runCommand(tool('biome'), ['format', '--write', file], { quiet: true });
  console.log(`wrote ${file}`);
}
