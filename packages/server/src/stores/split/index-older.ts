/** Indexes messages of a log that were stored before the index, or imported. */
import type { SearchLanguage } from '../../model/stems.ts';
import type { MessageLog } from '../../ports/message-log.ts';
import type { RelationalStore } from '../../ports/relational-store.ts';
import type { Unindexed } from '../../ports/search-store.ts';
import type { LogReader } from './log-reader.ts';

/** Messages of one step: they may be long. */
const STEP_MAX = 100;

interface Parts {
  readonly log: Pick<MessageLog, 'readMessages' | 'readMessagesAt'>;
  readonly relational: Pick<RelationalStore, 'relations'>;
  readonly reader: Pick<LogReader, 'findRoom'>;
}

/** Indexes the next messages of a room, the latest first. */
export async function indexOlder(
  { log, relational: { relations }, reader }: Parts,
  stepMax: number,
  languages: readonly SearchLanguage[],
): Promise<Unindexed> {
  const part = await relations.readUnindexed();
  if (part === undefined) return 'none';
  const { roomId, below } = part;
  const room = roomId && (await reader.findRoom(roomId));
  if (room === undefined) {
    await relations.endIndexedPart(part, { gone: [], oldest: undefined });
    return 'older';
  }
  const limit = Math.min(stepMax, STEP_MAX);
  const messages = await log.readMessages({
    ...{ roomId: room.roomId, above: room.firstSequence - 1, order: 'newest-first', limit },
    // Later ones are indexed when their effects are recorded.
    below: Math.min(below, room.head.sequence + 1),
  });
  await relations.indexLogged(room.roomId, messages, languages);
  const sequences = messages.map(({ sequence }) => sequence);
  // Read again: a deletion in between has perhaps left the index before the message entered it. A later
  // deletion leaves it afterwards, and an edit has replaced the text, or does.
  const left = await log.readMessagesAt(room.roomId, sequences);
  const { firstSequence = Number.MAX_SAFE_INTEGER } = (await reader.findRoom(room.roomId)) ?? {};
  const kept = new Set(
    left
      .filter(({ isDeleted, sequence }) => !isDeleted && sequence >= firstSequence)
      .map(({ sequence }) => sequence),
  );
  const gone = sequences.filter((sequence) => !kept.has(sequence));
  const oldest = messages.length < limit ? undefined : sequences.at(-1);
  await relations.endIndexedPart(part, { gone, oldest });
  return 'older';
}
