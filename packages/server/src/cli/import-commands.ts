/** `parley import slack` and `parley import mattermost`: the history of another chat application. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config } from '../config/load-config.ts';
import { ImportError } from '../imports/exported-history.ts';
import { describeExport, openExport } from '../imports/open-export.ts';
import { runImport } from './store-admin.ts';

interface Given {
  readonly file: string;
}

/** Time without a sign of a process that runs it, after which the operator is told so. */
const SILENT_MS = 35_000;

export function importSlack(config: Config, { file }: Given): Promise<void> {
  return importFrom(config, file, 'slack');
}

export function importMattermost(config: Config, { file }: Given): Promise<void> {
  return importFrom(config, file, 'mattermost');
}

async function importFrom(
  { values }: Config,
  file: string,
  format: Parameters<typeof openExport>[0]['format'],
): Promise<void> {
  if (!existsSync(file)) throw new ImportError(`File ${file} does not exist.`);
  // Before anything is noted: most bad files are found here.
  (await openExport({ format, path: file })).close();
  const exported = await describeExport({ format, path: resolve(file) });
  const told = new Set<string>();
  const tell = (line: string): void => {
    if (!told.has(line)) console.error(line);
    told.add(line);
  };
  const { report, failure = '' } = await runImport(values, exported, (now) => {
    const { state, done, total, isByServer, changedAtMs } = now;
    if (isByServer) tell('The server imports it, also if you end this command.');
    if (state === 'running' && total > 0) tell(`${done} of ${total} messages`);
    if (state === 'waiting' && now.failure !== undefined) {
      tell(`It is tried again later: ${now.failure}`);
    } else if (Date.now() - changedAtMs > SILENT_MS) {
      tell(
        'No process imports it now. It goes on when a server with the unit `imports` finds the file here, or run this command again.',
      );
    }
  });
  if (report === undefined) throw new ImportError(failure);
  const { people, knownPeople, rooms, messages, knownMessages, leftOut } = report;
  console.error(
    `Imported ${people} people (${knownPeople} were here), ${messages} messages (${knownMessages} were here) in ${rooms} rooms.`,
  );
  for (const [what, count] of leftOut) if (count > 0) console.error(`Left out: ${count} ${what}.`);
  console.error(
    'People sign in after they have set a password: by a mailed link ("Forgot your password?") or one of `parley users reset NAME --link`.',
  );
}
