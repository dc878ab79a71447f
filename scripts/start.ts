/** `npm start`: builds the web client if its sources have changed, then serves. */
import { main } from '../packages/server/src/cli/main.ts';
import { buildWebClient } from './setup/build-web.ts';

const args = ['start', ...process.argv.slice(2)];
// Who asks how it is used need not wait for a build.
if (args.includes('--help') || (await buildWebClient())) await main(args);
else process.exitCode = 1;
