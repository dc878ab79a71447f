import { statSync } from 'node:fs';

/** File mode in `chmod` format, such as `600`. */
export function rightsOf(file: string): string {
  return (statSync(file).mode & 0o777).toString(8);
}
