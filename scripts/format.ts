/** `npm run format`: writes what the formatter and the safe fixes of the linter would change. */
import { readArguments } from './arguments.ts';
import { runCommand, tool } from './steps.ts';

readArguments({ name: 'format', about: 'Formats, and mends what can be mended, in all files.' });
const { code } = await runCommand(tool('biome'), ['check', '--write', '.']);
process.exitCode = code;
