import { statSync } from 'node:fs';

/** As `chmod` writes them: `600`. */
export function rightsOf(file: string): string {
  return (statSync(file).mode & 0o777).toString(8);
}
