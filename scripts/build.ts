/** `npm run build`: builds the web client that `parley start` serves, if its sources have changed. */
import { buildWebClient } from './setup/build-web.ts';

if (!(await buildWebClient())) process.exitCode = 1;
