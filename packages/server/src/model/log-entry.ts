/** A log entry as a store keeps it: the kind of event and its target, without text. */
import type { Recorded } from './audit.ts';
import type { LogCommand } from './log-command.ts';
import type { LogPosition, RoomEventKind } from './room-event.ts';

export interface LogEntry extends LogPosition {
  readonly kind: RoomEventKind;
  /** Id of the message, or of the user who lost access. */
  readonly targetId: string;
  /**
   * Emoji of a reaction, or reason for the loss of access; of a deletion that the audit log records,
   * where the log is outside the database, what `toRecorded` reads.
   */
  readonly detail: string | undefined;
}

export function targetOf(command: LogCommand): LogEntry['targetId'] {
  return command.kind === 'access-lost' ? command.subjectId : command.messageId;
}

export function detailOf(command: LogCommand): LogEntry['detail'] {
  switch (command.kind) {
    case 'reaction-added':
    case 'reaction-removed':
      return command.emoji;
    case 'access-lost':
      return command.reason;
    default:
      return undefined;
  }
}

/** Keeps in a log outside the database what the audit log, inside it, records with the same entry. */
export function toDetail({ action, target, address, detail }: Recorded): string {
  return JSON.stringify({ action, target, address, detail });
}

export function toRecorded({
  kind,
  actorId: actor,
  createdAtMs: atMs,
  detail,
}: Pick<LogEntry, 'kind' | 'actorId' | 'createdAtMs' | 'detail'>): Recorded | undefined {
  if (kind !== 'deletion' || detail === undefined) return undefined;
  // As `toDetail` wrote it.
  return { actor, atMs, ...(JSON.parse(detail) as Omit<Recorded, 'actor' | 'atMs'>) };
}
