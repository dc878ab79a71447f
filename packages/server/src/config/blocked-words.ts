/** The file of words that messages must not contain, if the settings name one. */
import { readFileSync } from 'node:fs';
import { ConfigError, type Values } from './load-config.ts';

const ENTRIES_MAX = 10_000;

/**
 * The entries of the file, one in a line; lines that begin with `#` are comments.
 *
 * @throws {ConfigError} if the file cannot be read, or has too many lines.
 */
export function readBlockedWords({ BLOCKED_WORDS_FILE: file }: Values): readonly string[] {
  if (file === undefined) return [];
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`BLOCKED_WORDS_FILE cannot be read: ${reason}.`, { cause });
  }
  const lines = text.split('\n').map((line) => line.trim());
  const entries = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (entries.length <= ENTRIES_MAX) return entries;
  throw new ConfigError(`BLOCKED_WORDS_FILE has more than ${ENTRIES_MAX} entries.`);
}
