import type { CommitOutcome } from '../../model/commit-outcome.ts';
import type { LogCommand } from '../../model/log-command.ts';
import { detailOf, targetOf } from '../../model/log-entry.ts';
import type { LogPosition } from '../../model/room-event.ts';
import { isAllowedInArchive, isKnownToOthers } from '../../model/room-policy.ts';
import { type Actor, applyCommand } from './apply-command.ts';
import { headOrdinalOf, headSequenceOf } from './log-index.ts';
import type { StoredRoom, Tables } from './tables.ts';

export function commitOne(tables: Tables, command: LogCommand): CommitOutcome {
  const stored = tables.rooms.get(command.roomId);
  if (stored === undefined) return { kind: 'rejected', code: 'NOT_FOUND' };
  const repeated = findRepeated(stored, command);
  if (repeated !== undefined) return repeated;
  const actor = findActor(tables, stored, command);
  if (actor === undefined) {
    // What one may not know of is answered as what is not there.
    return { kind: 'rejected', code: isKnownToOthers(stored.room) ? 'FORBIDDEN' : 'NOT_FOUND' };
  }
  if (stored.archivedAtMs !== undefined && !isAllowedInArchive(command.kind)) {
    return { kind: 'rejected', code: 'FORBIDDEN', isArchived: true };
  }
  const place: LogPosition = {
    roomId: command.roomId,
    sequence: headSequenceOf(stored) + 1,
    ordinal: headOrdinalOf(stored) + (command.kind === 'message' ? 1 : 0),
    actorId: command.userId,
    createdAtMs: Math.max(stored.lastEventAtMs, command.admittedAtMs),
  };
  const outcome = applyCommand(tables, stored, command, { actor, place });
  if (outcome.kind !== 'stored') return outcome;
  stored.lastEventAtMs = place.createdAtMs;
  const { kind } = outcome.event;
  stored.entries.push({ ...place, kind, targetId: targetOf(command), detail: detailOf(command) });
  writeKey(stored, command, place);
  return outcome;
}

function findRepeated(stored: StoredRoom, command: LogCommand): CommitOutcome | undefined {
  if (command.clientMessageId === undefined) return undefined;
  const repeated = stored.sendKeys.get(keyOf(command));
  if (repeated === undefined) return undefined;
  const { fingerprint, ...first } = repeated;
  if (fingerprint === command.fingerprint) return { kind: 'duplicate', ...first };
  return { kind: 'rejected', code: 'CONFLICT', field: 'clientMessageId' };
}

function findActor(
  { accountsById }: Tables,
  stored: StoredRoom,
  { userId }: LogCommand,
): Actor | undefined {
  const membership = stored.members.get(userId);
  const account = accountsById.get(userId);
  if (membership === undefined || account === undefined) return undefined;
  return { userId, role: account.user.role, roomRole: membership.role };
}

function writeKey(stored: StoredRoom, command: LogCommand, place: LogPosition): void {
  if (command.clientMessageId === undefined || command.kind === 'access-lost') return;
  const { messageId, fingerprint } = command;
  const { sequence, createdAtMs } = place;
  stored.sendKeys.set(keyOf(command), { fingerprint, messageId, sequence, createdAtMs });
}

function keyOf({ userId, clientMessageId }: LogCommand): string {
  return `${userId} ${clientMessageId}`;
}
