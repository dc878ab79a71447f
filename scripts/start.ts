/** `npm start`: builds the web client if its sources have changed, then serves. */
import { main } from '../packages/server/src/cli/main.ts';
import { buildWebClient } from './setup/build-web.ts';

if (await buildWebClient()) await main(['start', ...process.argv.slice(2)]);
else process.exitCode = 1;
