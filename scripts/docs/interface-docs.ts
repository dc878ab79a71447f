/** Reads the members of an interface or a table with their doc comments from a source file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../steps.ts';

export interface Member {
  readonly name: string;
  /** Source text on one line. */
  readonly type: string;
  /** Comment text without comment marks, on one line. */
  readonly doc: string;
}

/** @throws {Error} for a missing declaration, or a member without a doc comment. */
export function readMembers(file: string, name: string): Member[] {
  const source = readFileSync(join(root, file), 'utf8');
  const start = source.search(new RegExp(`^(export )?(interface|const) ${name}\\b`, 'm'));
  const end = source.indexOf('\n}', start);
  if (start === -1 || end === -1) throw new Error(`${file} does not declare ${name}`);
  const body = source.slice(source.indexOf('{\n', start) + 2, end + 2);

  return [...body.matchAll(MEMBER)].map(([, comment, member = '', type = '']) => {
    if (comment === undefined) throw new Error(`${file}: ${name}.${member} has no doc comment`);
    return {
      name: member,
      type: oneLine(type),
      doc: oneLine(comment.replaceAll(/^\s*\* ?/gm, '')),
    };
  });
}

/** Matches a doc comment, a name, and the rest up to the end of the member. */
const MEMBER =
  /^ {2}(?:\/\*\*([\s\S]*?)\*\/\s+)?(?:readonly )?'?([\w-]+)'?\??(?::|(?=\())([\s\S]*?)(?:;|,(?=\n\n|\n {2}\/\*\*|\n\}))$/gm;

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
