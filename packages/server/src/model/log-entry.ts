/** An entry of the log as a store keeps it: what happened, and what it is about, without its text. */
import type { LogCommand } from './log-command.ts';
import type { LogPosition, RoomEventKind } from './room-event.ts';

export interface LogEntry extends LogPosition {
  readonly kind: RoomEventKind;
  /** What the event is about: a message, or the person who lost access. */
  readonly targetId: string;
  /** The emoji of a reaction, the reason of a loss of access. */
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
