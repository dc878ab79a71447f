/** `npm start`: builds the web client if its sources have changed, then starts the server. */
import { main } from '../packages/server/src/cli/main.ts';
import { buildWebClient } from './setup/build-web.ts';

const args = ['start', ...process.argv.slice(2)];
// Printing the usage does not need a build.
if (args.includes('--help') || (await buildWebClient())) await main(args);
else process.exitCode = 1;
