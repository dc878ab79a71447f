/** A log entry as a store keeps it: the kind of event and its target, without text. */
import type { LogCommand } from './log-command.ts';
import type { LogPosition, RoomEventKind } from './room-event.ts';

export interface LogEntry extends LogPosition {
  readonly kind: RoomEventKind;
  /** Id of the message, or of the user who lost access. */
  readonly targetId: string;
  /** Emoji of a reaction, or reason for the loss of access. */
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
