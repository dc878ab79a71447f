/** `npm run format`: writes what the formatter and the safe fixes of the linter would change. */
import { runCommand, tool } from './steps.ts';

const { code } = await runCommand(tool('biome'), ['check', '--write', '.']);
process.exitCode = code;
