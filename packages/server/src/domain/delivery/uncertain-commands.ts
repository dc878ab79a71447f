/**
 * Commands whose outcome was unknown. If the log shows later that one was stored, its event is
 * announced to those who do not have the room open: their unread counts, new conversations, lost
 * access, questions to the assistant. Those who have it open get the event from the stream.
 */
import type { RoomId } from '@parley/protocol';
import type { LogCommand } from '../../model/log-command.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { RoomStore } from '../../ports/room-store.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';

/**
 * Times after which the log is read: the commit may still be running on the database. A repeated
 * command shows its event at once.
 */
const READS_AFTER_MS: readonly number[] = [1_000, 10_000, 60_000];
/** Latest events of a room among which a stored command is looked for. */
const EVENTS_READ_MAX = 500;
/** Maximum number of commands; the oldest are given up. */
const COMMANDS_MAX = 10_000;

interface UncertainCommandsOptions {
  readonly log: Pick<EventLog, 'readHeads' | 'readEvents'>;
  readonly rooms: Pick<RoomStore, 'findRoom'>;
  readonly clock: Pick<Clock, 'schedule'>;
  readonly background: BackgroundTasks;
  readonly announce: (event: RoomEvent) => void;
}

export class UncertainCommands {
  readonly #options: UncertainCommandsOptions;
  readonly #commands = new Set<LogCommand>();
  readonly #timers = new Set<Timer>();

  constructor(options: UncertainCommandsOptions) {
    this.#options = options;
  }

  /** Notes a command with an unknown outcome. */
  note(command: LogCommand): void {
    const [oldest] = this.#commands;
    if (oldest !== undefined && this.#commands.size >= COMMANDS_MAX) this.#commands.delete(oldest);
    this.#commands.add(command);
    this.#schedule(command, 0);
  }

  /** An event was announced: if it was an attempt to repeat a noted command, that is done. */
  noteAnnounced(event: RoomEvent): void {
    if (this.#commands.size === 0) return;
    for (const command of this.#of(event.roomId)) {
      if (isEventOf(command, event)) this.#commands.delete(command);
    }
  }

  /** A command was stored by an earlier attempt, whose outcome may have been unknown. */
  noteRepeated({ roomId }: LogCommand): void {
    if (this.#of(roomId).length > 0) this.#options.background.run(this.#read(roomId));
  }

  close(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.#commands.clear();
  }

  #schedule(command: LogCommand, reads: number): void {
    const delayMs = READS_AFTER_MS[reads];
    if (delayMs === undefined) this.#commands.delete(command);
    if (delayMs === undefined || !this.#commands.has(command)) return;
    const timer = this.#options.clock.schedule(delayMs, () => {
      this.#timers.delete(timer);
      // Found meanwhile, or read for another command of the room.
      if (!this.#commands.has(command)) return;
      const read = this.#read(command.roomId);
      this.#options.background.run(read.finally(() => this.#schedule(command, reads + 1)));
    });
    this.#timers.add(timer);
  }

  #of(roomId: RoomId): LogCommand[] {
    return [...this.#commands].filter((command) => command.roomId === roomId);
  }

  async #read(roomId: RoomId): Promise<void> {
    const { log, announce } = this.#options;
    const [found] = await log.readHeads([roomId]);
    if (found === undefined) return;
    const after = Math.max(0, found.head.sequence - EVENTS_READ_MAX);
    const { events } = await log.readEvents(roomId, after, EVENTS_READ_MAX);
    for (const event of events) {
      const command = this.#of(roomId).find((each) => isEventOf(each, event));
      if (command === undefined) continue;
      this.#commands.delete(command);
      if (await this.#isCurrent(event)) announce(event);
    }
  }

  /** A user who has lost access may have joined again since. */
  async #isCurrent(event: RoomEvent): Promise<boolean> {
    if (event.kind !== 'access-lost') return true;
    const { rooms } = this.#options;
    const room = await rooms.findRoom({ kind: 'id', id: event.roomId }, event.userId);
    return room?.role === undefined;
  }
}

function isEventOf(command: LogCommand, event: RoomEvent): boolean {
  const isSame = event.kind === command.kind && event.actorId === command.userId;
  if (!isSame || event.createdAtMs < command.admittedAtMs) return false;
  switch (event.kind) {
    case 'message':
      return command.kind === 'message' && event.message.id === command.messageId;
    case 'access-lost':
      return command.kind === 'access-lost' && event.userId === command.subjectId;
    default:
      return command.kind !== 'access-lost' && event.messageId === command.messageId;
  }
}
