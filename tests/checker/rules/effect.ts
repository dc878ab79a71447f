/**
 * Promise 1 for changes of a message: an acknowledged edit, deletion, reaction
 * or pin shows in the end, unless a later command may have changed it again.
 */
import type { Fault } from '../check.ts';
import type { AckEntry, HeldMessage, History, SendEntry } from '../history.ts';
import { commandKey } from '../keys.ts';
import type { Truth } from '../truth.ts';

interface Change {
  readonly send: SendEntry;
  /** Without an acknowledgement it may be stored anywhere, or nowhere. */
  readonly ack: AckEntry | undefined;
}

export function* effectRule(history: History, truth: Truth): Iterable<Fault> {
  for (const [targetId, changes] of gatherChanges(history)) {
    const roomId = changes[0]?.send.roomId ?? '';
    const room = truth.room(roomId);
    const message = room?.byId.get(targetId);
    if (room === undefined || message === undefined) continue;
    for (const change of changes) {
      // An archived room is fetched while messages are deleted.
      if (change.ack === undefined || change.ack.atMs > room.fetchedAtMs) continue;
      if (isShown(change.send, message)) continue;
      if (changes.some((other) => mayHaveReplaced(other, change))) continue;
      const { kind, clientMessageId } = change.send;
      const text = `${kind} ${clientMessageId}, acknowledged, does not show on ${targetId}`;
      yield { kind: 'lost', roomId, text };
    }
  }
}

function gatherChanges(history: History): Map<string, Change[]> {
  const acks = new Map<string, AckEntry>();
  for (const entry of history) {
    if (entry.type === 'ack') acks.set(commandKey(entry), entry);
  }
  const changes = new Map<string, Change[]>();
  for (const send of history) {
    if (send.type !== 'send' || send.targetId === undefined) continue;
    const ofTarget = changes.get(send.targetId) ?? [];
    ofTarget.push({ send, ack: acks.get(commandKey(send)) });
    changes.set(send.targetId, ofTarget);
  }
  return changes;
}

function isShown(send: SendEntry, message: HeldMessage): boolean {
  // A deleted message has no text, pin or reactions.
  if (message.deleted === true) return true;
  const hasReaction = message.reactions?.includes(`${send.emoji} ${send.userId}`) ?? false;
  switch (send.kind) {
    case 'edit':
      return message.content === send.content;
    case 'add_reaction':
      return hasReaction;
    case 'remove_reaction':
      return !hasReaction;
    case 'pin':
      return message.pinned === true;
    case 'unpin':
      return message.pinned !== true;
    default:
      return false;
  }
}

function mayHaveReplaced(other: Change, change: Change): boolean {
  if (other === change || subject(other.send) !== subject(change.send)) return false;
  return other.ack === undefined || other.ack.sequence > (change.ack?.sequence ?? 0);
}

/** The part of a message that a command determines. */
function subject(send: SendEntry): string {
  switch (send.kind) {
    case 'add_reaction':
    case 'remove_reaction':
      return `reaction ${send.emoji} ${send.userId}`;
    case 'pin':
    case 'unpin':
      return 'pin';
    default:
      return send.kind;
  }
}
