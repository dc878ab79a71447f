/** Reads the members of an interface, a table or a class with their doc comments from a source file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../steps.ts';

interface Member {
  readonly name: string;
  /** Source text on one line. */
  readonly type: string;
  /** Comment text without comment marks, on one line. */
  readonly doc: string;
}

/** @throws {Error} for a missing declaration, or a member without a doc comment. */
export function readMembers(file: string, name: string): Member[] {
  return [...readBody(file, name).matchAll(MEMBER)].map(([, comment, member = '', type = '']) => {
    if (comment === undefined) throw new Error(`${file}: ${name}.${member} has no doc comment`);
    return { name: member, type: oneLine(type), doc: textOf(comment) };
  });
}

/**
 * The public members of a class that have a doc comment, except the constructor. The type of a
 * method is that of its parameters and result, such as `(name: string): boolean`.
 */
export function readClassMembers(file: string, name: string): Member[] {
  return [...readBody(file, name).matchAll(CLASS_MEMBER)]
    .map(([, comment = '', getter, member = '', parameters = '', result = '']) => ({
      name: member,
      type: oneLine(getter === undefined ? parameters + result : result),
      doc: textOf(comment),
    }))
    .filter(({ name: member, doc }) => member !== 'constructor' && !doc.startsWith('@internal'));
}

function readBody(file: string, name: string): string {
  const source = readFileSync(join(root, file), 'utf8');
  const start = source.search(new RegExp(`^(export )?(interface|const|class) ${name}\\b`, 'm'));
  const end = source.indexOf('\n}', start);
  if (start === -1 || end === -1) throw new Error(`${file} does not declare ${name}`);
  return source.slice(source.indexOf('{\n', start) + 2, end + 2);
}

/** Matches a doc comment, a name, and the rest up to the end of the member. */
const MEMBER =
  /^ {2}(?:\/\*\*([\s\S]*?)\*\/\s+)?(?:readonly )?'?([\w-]+)'?\??(?::|(?=\())([\s\S]*?)(?:;|,(?=\n\n|\n {2}\/\*\*|\n\}))$/gm;

/** Matches a doc comment, a name, and the signature up to the body or the end of the line. */
const CLASS_MEMBER =
  /^ {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s+(?:readonly |async )?(?:get (?=(\w+)\())?(\w+|\[Symbol\.\w+\])(\([\s\S]*?\))?(: [^\n;{]*)?(?: \{|;)$/gm;

function textOf(comment: string): string {
  return oneLine(comment.replaceAll(/^\s*\* ?/gm, ''));
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
