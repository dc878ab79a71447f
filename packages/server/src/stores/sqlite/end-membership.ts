/** Ends memberships whose log is outside the database. */
import { authorizeCommand } from '../../model/authorize-command.ts';
import { type Rejection, rejected } from '../../model/commit-outcome.ts';
import type { CommandOf } from '../../model/log-command.ts';
import { decideNow, planEndOfMembership } from '../../model/plan-command.ts';
import type { PendingLoss } from '../../ports/relational-store.ts';
import { addPendingLoss } from '../sql/relations.ts';
import type { Database } from './database.ts';
import { factsOf, writeEffect } from './effects.ts';
import { RoomLogWriter } from './room-log-writer.ts';
import { runNow } from './run-now.ts';

export function endMembership(
  database: Database,
  command: CommandOf<'access-lost'>,
): PendingLoss | { readonly kind: 'unlogged' } | Rejection {
  const room = new RoomLogWriter(database).find(command.roomId);
  if (room === undefined) return rejected('NOT_FOUND');
  const decision = authorizeCommand(command, room, room.findActor(command.userId));
  if (decision.kind === 'rejected') return decision;
  const about = {
    ...{ actor: decision.value, roomKind: room.kind },
    ...{ afterSequence: room.sequence, atMs: command.admittedAtMs },
  };
  const plan = planEndOfMembership(command, about);
  const ended = decideNow(plan, factsOf(database, command.roomId));
  if (ended.kind === 'rejected') return ended;
  for (const effect of ended.effects) writeEffect(database, room, effect);
  if (ended.kind === 'unlogged') return { kind: 'unlogged' };
  return runNow(database, addPendingLoss(command, ended.username));
}
