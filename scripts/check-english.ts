/**
 * Finds wording that CONTRIBUTING.md rules out and that a machine can recognise: relative clauses as
 * subjects ("Who has no session …"), impersonal subjects ("One may …"), and a few non-standard words.
 *
 * Reads documents, comments, and texts for users (string literals that contain a space).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './steps.ts';

interface Finding {
  readonly line: number;
  readonly text: string;
}

/** The start of a sentence, a list item, a table cell or a heading. */
const START = String.raw`(?:^|(?<=[.!?:;]\s)|(?<=^\s*(?:[-*>|#]+|\d+\.)\s+(?:\*\*)?)|(?<=\|\s*))`;
const SUBJECTS: readonly RegExp[] = [
  // A question may begin with these words; it ends with a question mark.
  new RegExp(`${START}(?:Who|Whoever|Whose|What|Whatever)\\s(?!.*\\?)`, 'g'),
  new RegExp(`${START}(?:Nobody|Somebody|No one|Someone)\\s`, 'g'),
  new RegExp(
    `${START}(?:One|Of one)\\s(?:who|that|which|whose|is|has|can|cannot|may|must|does|gets|asks)\\b`,
    'g',
  ),
];
const WORDS: readonly RegExp[] = [/\banew\b/gi, /\bmend(?:s|ed|ing)?\b/gi, /\bby half\b/gi];

/** Files whose wording is fixed elsewhere. */
const EXCLUDED =
  /^(?:CHANGELOG\.md|LICENSE|package-lock\.json)$|\/migrations\/|^scripts\/check-english/;

/** Each finding in one line; none if all is well. */
export function findWording(): string[] {
  return proseFiles()
    .filter((path) => /\.(?:md|tsx?|mts|mjs|html)$/.test(path) && !EXCLUDED.test(path))
    .flatMap((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      return findInText(text, path.endsWith('.md') ? 'document' : 'code').map(
        (finding) => `${path}:${finding.line}: ${finding.text}`,
      );
    });
}

const FOLDERS = ['.github', 'bench', 'docs', 'packages', 'scripts', 'tests'];

function proseFiles(): string[] {
  const inFolders = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/')),
  );
  return [...inFolders, ...readdirSync(root).filter((name) => name.endsWith('.md'))].filter(
    (path) => !/(?:^|\/)(?:node_modules|dist)\//.test(path),
  );
}

/** @param kind A `document` is prose outside of code; `code` is prose in comments and strings. */
export function findInText(text: string, kind: 'document' | 'code'): Finding[] {
  const lines = kind === 'document' ? proseOfDocument(text) : proseOfCode(text);
  return lines.flatMap(({ line, prose }) =>
    [...SUBJECTS, ...WORDS].flatMap((pattern) =>
      [...prose.matchAll(pattern)].map(({ index }) => ({
        line,
        text: prose.slice(index, index + 60).trim(),
      })),
    ),
  );
}

interface ProseLine {
  readonly line: number;
  readonly prose: string;
}

function proseOfDocument(text: string): ProseLine[] {
  let isCode = false;
  return text.split('\n').flatMap((source, index) => {
    if (/^\s*```/.test(source)) isCode = !isCode;
    return isCode ? [] : [{ line: index + 1, prose: withoutInlineCode(source) }];
  });
}

/** Comments and string literals, one entry per source line. */
const TOKENS =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`/g;

function proseOfCode(text: string): ProseLine[] {
  return [...text.matchAll(TOKENS)].flatMap(({ 0: token, index }) => {
    const isComment = token.startsWith('/');
    if (!isComment && !token.includes(' ')) return [];
    const first = text.slice(0, index).split('\n').length;
    return token.split('\n').map((source, offset) => ({
      line: first + offset,
      prose: isComment ? withoutInlineCode(withoutMarks(source)) : source.slice(1),
    }));
  });
}

function withoutMarks(line: string): string {
  return line.replace(/^\s*(?:\/\*\*?|\*\/|\*|\/\/)\s?/, '').replace(/\*\/\s*$/, '');
}

function withoutInlineCode(line: string): string {
  return line.replaceAll(/`[^`]*`/g, '``');
}
