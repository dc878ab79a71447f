import { type CommitOutcome, rejected } from '../../model/commit-outcome.ts';
import type { LogCommand } from '../../model/log-command.ts';
import { detailOf, targetOf } from '../../model/log-entry.ts';
import { nextPosition } from '../../model/next-position.ts';
import { type Actor, decideNow, outcomeOfRepeated, planCommand } from '../../model/plan-command.ts';
import type { LogPosition } from '../../model/room-event.ts';
import { applyEffect, factsOf } from './effects.ts';
import { epochOf, headOrdinalOf, headSequenceOf } from './log-index.ts';
import type { StoredRoom, Tables } from './tables.ts';

export function commitOne(tables: Tables, command: LogCommand): CommitOutcome {
  const stored = tables.rooms.get(command.roomId);
  if (stored === undefined) return rejected('NOT_FOUND');
  const repeated = findRepeated(tables, stored, command);
  if (repeated !== undefined) return repeated;
  const room = { ...stored.room, isArchived: stored.archivedAtMs !== undefined };
  const position = nextPosition(
    {
      epoch: epochOf(tables, stored),
      sequence: headSequenceOf(stored),
      ordinal: headOrdinalOf(stored),
      lastEventAtMs: stored.lastEventAtMs,
    },
    command,
  );
  const plan = planCommand(command, { room, actor: findActor(tables, stored, command), position });
  const { outcome, effects } = decideNow(plan, factsOf(tables, stored));
  for (const effect of effects) applyEffect(tables, stored, effect);
  if (outcome.kind !== 'stored') return outcome;
  stored.lastEventAtMs = position.createdAtMs;
  const { kind } = outcome.event;
  stored.entries.push({
    ...position,
    kind,
    targetId: targetOf(command),
    detail: detailOf(command),
  });
  writeKey(stored, command, position);
  return outcome;
}

function findRepeated(
  tables: Tables,
  stored: StoredRoom,
  command: LogCommand,
): CommitOutcome | undefined {
  if (command.clientMessageId === undefined) return undefined;
  const repeated = stored.sendKeys.get(keyOf(command));
  if (repeated === undefined) return undefined;
  return outcomeOfRepeated(command, repeated, epochOf(tables, stored));
}

function findActor(
  { accountsById }: Tables,
  stored: StoredRoom,
  { userId }: LogCommand,
): Actor | undefined {
  const membership = stored.members.get(userId);
  const account = accountsById.get(userId);
  if (membership === undefined || account === undefined) return undefined;
  const { username, role } = account.user;
  return { username, role, roomRole: membership.role };
}

function writeKey(stored: StoredRoom, command: LogCommand, position: LogPosition): void {
  if (command.clientMessageId === undefined || command.kind === 'access-lost') return;
  const { messageId, fingerprint } = command;
  const { sequence, createdAtMs } = position;
  stored.sendKeys.set(keyOf(command), { fingerprint, messageId, sequence, createdAtMs });
}

function keyOf({ userId, clientMessageId }: LogCommand): string {
  return `${userId} ${clientMessageId}`;
}
