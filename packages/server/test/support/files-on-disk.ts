/** The files in the folder of a server. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Hard links by which equal files share their bytes. */
const CONTENTS = 'by-content';

/** Files, complete or not, by their paths in the folder. */
export function filesOnDisk(dataDirectory: string): string[] {
  return pathsIn(join(dataDirectory, 'files')).filter((path) => !path.startsWith(CONTENTS));
}

/** Contents that no file has. */
export function unusedContents(dataDirectory: string): string[] {
  const folder = join(dataDirectory, 'files', CONTENTS);
  return pathsIn(folder).filter((path) => statSync(join(folder, path)).nlink === 1);
}

function pathsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
}
