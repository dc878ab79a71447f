/** Detects names that can be mistaken for others, by the tables of Unicode (UTS #39). Pure. */
import { withoutInvisible } from '../../model/name-keys.ts';

/** Scripts in general use (UAX #31, table 5). */
const SCRIPTS = [
  'Arabic',
  'Armenian',
  'Bengali',
  'Bopomofo',
  'Cyrillic',
  'Devanagari',
  'Ethiopic',
  'Georgian',
  'Greek',
  'Gujarati',
  'Gurmukhi',
  'Han',
  'Hangul',
  'Hebrew',
  'Hiragana',
  'Kannada',
  'Katakana',
  'Khmer',
  'Lao',
  'Latin',
  'Malayalam',
  'Myanmar',
  'Oriya',
  'Sinhala',
  'Tamil',
  'Telugu',
  'Thaana',
  'Thai',
  'Tibetan',
] as const;

type Script = (typeof SCRIPTS)[number] | 'other';

const PATTERNS = SCRIPTS.map(
  (script) => [script, new RegExp(`\\p{Script=${script}}`, 'u')] as const,
);
const OTHER = new RegExp(
  `[^${['Common', 'Inherited', ...SCRIPTS].map((script) => `\\p{Script=${script}}`).join('')}]`,
  'u',
);
/**
 * Scripts that one word may combine: Chinese, Japanese and Korean, with Latin names and
 * abbreviations.
 */
const EAST_ASIAN: ReadonlySet<Script> = new Set([
  'Latin',
  'Han',
  'Hiragana',
  'Katakana',
  'Bopomofo',
  'Hangul',
]);
/** Scripts with many letters that look like Latin ones. */
const LATIN_LIKE: ReadonlySet<Script> = new Set(['Cyrillic', 'Greek', 'Armenian', 'other']);

const WORD = /[\p{L}\p{M}]+/gu;

/**
 * Whether a word combines scripts that are not written together (UTS #39, section 5.2: moderately
 * restrictive). Different words of a name may use different scripts.
 */
export function mixesScripts(name: string): boolean {
  const words = withoutInvisible(name).match(WORD) ?? [];
  return words.some((word) => !areWrittenTogether(scriptsOf(word)));
}

function scriptsOf(word: string): Script[] {
  const scripts: Script[] = PATTERNS.filter(([, pattern]) => pattern.test(word)).map(
    ([script]) => script,
  );
  return OTHER.test(word) ? [...scripts, 'other'] : scripts;
}

function areWrittenTogether(scripts: readonly Script[]): boolean {
  if (scripts.length < 2 || scripts.every((script) => EAST_ASIAN.has(script))) return true;
  const others = scripts.filter((script) => script !== 'Latin');
  return others.length === 1 && !others.some((script) => LATIN_LIKE.has(script));
}
