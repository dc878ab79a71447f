import type { MessageId } from '@parley/protocol';
import type { Pruned } from '../../model/pruned-log.ts';
import type { StoredRoom } from './tables.ts';

export function deleteMessagesOlderThan(
  stored: StoredRoom,
  { beforeMs, eventsMax }: { readonly beforeMs: number; readonly eventsMax: number },
): Pruned {
  const { entries, messageIds, messages, mentions, membershipChanges } = stored;
  const kept = entries.findIndex(({ createdAtMs }) => createdAtMs >= beforeMs);
  const gone = entries.splice(0, Math.min(kept < 0 ? entries.length : kept, eventsMax));
  const goneMessages = gone.filter(({ kind }) => kind === 'message');
  for (const { targetId, sequence } of goneMessages) {
    messages.delete(targetId as MessageId); // The entry is about a message.
    mentions.delete(sequence);
  }
  messageIds.splice(0, goneMessages.length);
  stored.firstSequence += gone.length;
  const later = membershipChanges.findIndex(
    ({ afterSequence }) => afterSequence >= stored.firstSequence,
  );
  membershipChanges.splice(0, later < 0 ? membershipChanges.length : later);
  for (const member of stored.members.values()) {
    member.readSteps = member.readSteps.filter(({ sequence }) => sequence >= stored.firstSequence);
  }
  stored.prunedOrdinal += goneMessages.length;
  return {
    events: gone.length,
    messages: goneMessages.length,
    hasMore: gone.length === eventsMax,
  };
}
