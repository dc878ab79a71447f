/** What of a room goes to the language model: its latest messages, as many as fit. Pure. */

import type { UserId } from '@parley/protocol';
import type { Message } from '../../model/message.ts';
import type { SaidLine } from '../../ports/language-model.ts';

export interface ContextRules {
  readonly assistantId: UserId;
  /** About so many tokens of the model's own count. */
  readonly tokensMax: number;
  /** Those whose words stay here. */
  readonly withheldIds: ReadonlySet<UserId>;
}

/** A token of any model is at least a byte; of most languages three are a careful guess. */
const BYTES_PER_TOKEN = 3;
/** What a line costs beside its text: a name, and the marks around it. */
const TOKENS_PER_LINE = 16;
const encoder = new TextEncoder();

/**
 * The question, and before it what was said last. The question is cut where it alone
 * is too long; of the others each goes out whole or not at all.
 *
 * @param history Oldest first; the question is the last of them.
 */
export function toLines(history: readonly Message[], rules: ContextRules): SaidLine[] {
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
