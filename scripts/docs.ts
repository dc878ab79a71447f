/**
 * `npm run docs`: writes the parts of `docs/` that are made from the code's own
 * tables. The checks fail where a part is not what the code says.
 */
import { readArguments } from './arguments.ts';
import { generateDocs } from './docs/generate.ts';
import { runCommand, tool } from './steps.ts';

readArguments({
  name: 'docs',
  about: "Writes the parts of docs/ that are made from the code's tables.",
});
for (const file of generateDocs({ write: true })) {
  await runCommand(tool('biome'), ['format', '--write', file], { quiet: true });
  console.log(`wrote ${file}`);
}
