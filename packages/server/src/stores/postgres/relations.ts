/** Relational data for logs that are outside the database: what is PostgreSQL's own. */
import type { RoomKind } from '@parley/protocol';
import { authorizeCommand } from '../../model/authorize-command.ts';
import { rejected } from '../../model/commit-outcome.ts';
import type { CommandOf } from '../../model/log-command.ts';
import { decideLater, planEndOfMembership } from '../../model/plan-command.ts';
import type { LogRelations } from '../../ports/relational-store.ts';
import { nameOf, readActors } from '../sql/command-facts.ts';
import { recordEffects } from '../sql/log-effects.ts';
import { addPendingLoss, RELATIONS } from '../sql/relations.ts';
import type { Database } from './database.ts';
import { EffectWriter } from './effects.ts';
import type { Queries } from './queries.ts';
import { inPostgres, runLater } from './run-later.ts';

export function logRelations(database: Database): LogRelations {
  return {
    ...inPostgres(database, RELATIONS),
    endMembership: (command) => database.transaction((queries) => endAndNote(queries, command)),
    // As a commit, which does not wait for the connections and locks of other calls.
    recordEffects: (effects) =>
      database.commit(async (queries) => {
        await runLater(queries, recordEffects(effects));
        return { result: undefined, writes: [] };
      }),
  };
}

async function endAndNote(
  queries: Queries,
  command: CommandOf<'access-lost'>,
): ReturnType<LogRelations['endMembership']> {
  const room = await queries.one<{
    kind: RoomKind;
    visibility: 'public' | 'private';
    archived_at: number | null;
    head_sequence: number;
  }>(
    'SELECT kind, visibility, archived_at, head_sequence FROM rooms WHERE id = $1 FOR NO KEY UPDATE',
    command.roomId,
  );
  if (room === undefined) return rejected('NOT_FOUND');
  const { kind, visibility } = room;
  const actors = await runLater(queries, readActors([command]));
  const about = { kind, visibility, isArchived: room.archived_at !== null };
  const decision = authorizeCommand(command, about, actors.get(nameOf(command)));
  if (decision.kind === 'rejected') return decision;
  const writer = new EffectWriter(queries);
  const ofRoom = { id: command.roomId, isDirect: kind === 'direct', isClosed: false };
  const plan = planEndOfMembership(command, {
    actor: decision.value,
    roomKind: kind,
    atMs: command.admittedAtMs,
    afterSequence: room.head_sequence,
  });
  const ended = await decideLater(plan, writer.factsOf(ofRoom));
  if (ended.kind === 'rejected') return ended;
  for (const effect of ended.effects) await writer.write(ofRoom, effect, () => {});
  if (ended.kind === 'unlogged') return { kind: 'unlogged' };
  return runLater(queries, addPendingLoss(command, ended.username));
}
