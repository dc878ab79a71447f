import type { Epoch } from '@parley/protocol';
import type { LogCommand } from './log-command.ts';
import type { LogPosition } from './room-event.ts';

/** The end of a room's log. */
interface LogEnd {
  readonly epoch: Epoch;
  readonly sequence: number;
  readonly ordinal: number;
  readonly lastEventAtMs: number;
}

/** Computes the position of a command's event. The time of an event is never before that of the previous event. */
export function nextPosition(end: LogEnd, command: LogCommand): LogPosition {
  return {
    roomId: command.roomId,
    epoch: end.epoch,
    sequence: end.sequence + 1,
    ordinal: end.ordinal + (command.kind === 'message' ? 1 : 0),
    actorId: command.userId,
    createdAtMs: Math.max(end.lastEventAtMs, command.admittedAtMs),
  };
}
