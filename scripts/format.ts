/** `npm run format`: applies the formatter and the safe fixes of the linter. */
import { readArguments } from './arguments.ts';
import { runCommand, tool } from './steps.ts';

readArguments({
  name: 'format',
  about: 'Formats all files and applies the safe fixes of the linter.',
});
const { code } = await runCommand(tool('biome'), ['check', '--write', '.']);
process.exitCode = code;
