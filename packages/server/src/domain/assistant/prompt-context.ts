/** Selects what the language model gets of a room: its latest messages, as many as fit. Pure. */

import type { UserId } from '@parley/protocol';
import type { Message } from '../../model/message.ts';
import type { SaidLine } from '../../ports/language-model.ts';

interface ContextRules {
  readonly assistantId: UserId;
  /** Approximate maximum in the model's own tokens. */
  readonly tokensMax: number;
  /** Users whose messages are withheld from the model. */
  readonly withheldIds: ReadonlySet<UserId>;
}

/**
 * A token is at least one byte in any model; three bytes are a safe estimate for most languages.
 */
const BYTES_PER_TOKEN = 3;
/** Cost of a line besides its text: a name and the delimiters. */
const TOKENS_PER_LINE = 16;
const encoder = new TextEncoder();

/**
 * Returns the question and the messages before it. A question that is too long is cut; other
 * messages are included whole or not at all.
 *
 * @param history Oldest first; the question is last.
 */
export function toPromptLines(history: readonly Message[], rules: ContextRules): SaidLine[] {
  const question = history.at(-1);
  if (question === undefined) return [];
  const asked = toLine(question, rules, cutTo(question.content, rules.tokensMax));
  let tokens = tokensOf(asked);
  const lines = [asked];
  for (const message of history.slice(0, -1).reverse()) {
    if (message.isDeleted || rules.withheldIds.has(message.userId)) continue;
    const line = toLine(message, rules, message.content);
    tokens += tokensOf(line);
    if (tokens > rules.tokensMax) break;
    lines.unshift(line);
  }
  return lines;
}

function toLine(
  { userId, sender }: Message,
  { assistantId }: ContextRules,
  text: string,
): SaidLine {
  return userId === assistantId ? { by: 'assistant', text } : { by: 'person', name: sender, text };
}

function tokensOf({ text }: SaidLine): number {
  return TOKENS_PER_LINE + Math.ceil(encoder.encode(text).length / BYTES_PER_TOKEN);
}

function cutTo(text: string, tokensMax: number): string {
  const bytesMax = Math.max(0, tokensMax - TOKENS_PER_LINE) * BYTES_PER_TOKEN;
  const { read } = encoder.encodeInto(text, new Uint8Array(bytesMax));
  return text.slice(0, read);
}
