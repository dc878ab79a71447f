/**
 * Stores a command, acknowledges it in its position of the stream and sends its event. Every logged
 * command takes this path, whatever its dialect or route.
 */

import assert from 'node:assert/strict';
import {
  ChatError,
  type ClientMessageId,
  type Epoch,
  type MessageId,
  type RoomId,
  type UserId,
} from '@parley/protocol';
import type { CommitOutcome, CommitResult } from '../../model/commit-outcome.ts';
import type { ActingUser } from '../../model/identity.ts';
import { type LogCommand, mayBeAudited } from '../../model/log-command.ts';
import type { Message } from '../../model/message.ts';
import { newMessage } from '../../model/new-message.ts';
import type { RoomEvent } from '../../model/room-event.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Crypto } from '../../ports/crypto.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { Logger } from '../../ports/logger.ts';
import { archived, muted, sanctionStays, unavailable } from '../errors.ts';
import type { CommitQueue } from '../event-log/commit-queue.ts';
import type { CommitRouter } from '../event-log/commit-router.ts';
import type { BackgroundTasks } from '../primitives/background-tasks.ts';
import type { AccessLostAnnouncer } from './access-lost-announcer.ts';
import type { ChatConnection } from './chat-connection.ts';
import type { RoomStreamRegistry } from './room-stream-registry.ts';
import type { Acknowledge } from './room-subscription.ts';
import type { UncertainCommands } from './uncertain-commands.ts';

interface LogWriterDependencies {
  readonly secrets: Pick<Crypto, 'digest'>;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly logger: Logger;
  readonly background: BackgroundTasks;
  readonly log: Pick<EventLog, 'readMessage'>;
  readonly commits: Pick<CommitRouter, 'submit'>;
  /** Commits on this node. */
  readonly queue: Pick<CommitQueue, 'submit'>;
  readonly streams: Pick<RoomStreamRegistry, 'get' | 'scheduleRepair'>;
  readonly accessLost: Pick<AccessLostAnnouncer, 'announceToAllNodes'>;
  /** Commands whose outcome is unknown. */
  readonly uncertainCommands: Pick<UncertainCommands, 'note' | 'noteAnnounced' | 'noteRepeated'>;
  readonly bus: Pick<Bus, 'publish'>;
  /**
   * Called after a stored event was published, with the connection that caused it, on the node that
   * has committed the event and on the node of the connection.
   */
  readonly onStored: (
    event: RoomEvent,
    connection: ChatConnection | undefined,
    committedBy: 'own' | 'other',
  ) => void;
  /** Called when a command was rejected because its channel is archived. */
  readonly onArchived: (roomId: RoomId) => void;
}

/**
 * The user who issues a command: over a connection, which gets only the acknowledgement, or over
 * HTTP.
 */
export interface Author {
  readonly user: ActingUser;
  readonly connection: ChatConnection | undefined;
}

export interface Acknowledgement {
  readonly roomId: RoomId;
  /** The message that was stored or changed. */
  readonly messageId: MessageId;
  readonly clientMessageId: ClientMessageId | undefined;
  readonly sequence: number;
  readonly createdAtMs: number;
  readonly duplicate: boolean;
  /** Whether a duplicate takes the place of its event, which the connection is not sent. */
  readonly replacesEvent: boolean;
  /**
   * The message that this attempt has stored; undefined for a duplicate, and for commands other
   * than messages.
   */
  readonly message: Message | undefined;
  /**
   * The message as it was sent, whichever attempt stored it. A retry gets this message and nothing
   * newer: the sender may have lost access to the room since. Undefined if the command is not a
   * message.
   */
  readonly sent: Message | undefined;
  /** Users whom a message to a private room mentions and who are not in it; absent if there are none. */
  readonly notReached?: readonly UserId[];
}

export type OnAcknowledged = (result: Acknowledgement | ChatError) => void;

/** A command as callers give it; the remaining fields are added here. */
type CommandInput<C extends LogCommand> = C extends LogCommand
  ? Omit<C, 'userId' | 'fingerprint' | 'admittedAtMs' | 'address'>
  : never;

/** A command that the commit queue has. */
interface Submitted {
  readonly author: Author;
  readonly command: LogCommand;
  /** The log that the room's stream followed when the command was submitted. */
  readonly since: Epoch | undefined;
  readonly committedBy: 'own' | 'other';
  readonly onAcknowledged: OnAcknowledged;
  readonly onStored: SubmitOptions['onStored'];
}

interface SubmitOptions {
  readonly identity: readonly unknown[];
  readonly onAcknowledged: OnAcknowledged;
  /** Called for an event that this attempt has stored, before the event and the acknowledgement are sent. */
  readonly onStored?: ((event: RoomEvent) => void) | undefined;
}

type Duplicate = Extract<CommitResult, { kind: 'duplicate' }>;

export class LogWriter {
  readonly #dependencies: LogWriterDependencies;

  constructor(dependencies: LogWriterDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Submits a command. `onAcknowledged` is called once: with the acknowledgement, in the position of
   * the event in the connection's stream, or with the error for which it was not stored.
   *
   * @param identity What identifies a repeated command: kind, target, content as sent.
   * @throws {ChatError} UNAVAILABLE; then nothing was stored, and `onAcknowledged` is not called.
   */
  submit(
    author: Author,
    command: CommandInput<LogCommand>,
    { identity, onAcknowledged, onStored }: SubmitOptions,
  ): void {
    const { secrets, clock, streams } = this.#dependencies;
    const { connection, user } = author;
    const { address } = user;
    const since = streams.get(command.roomId)?.epoch;
    const admitted: LogCommand = {
      ...command,
      userId: user.id,
      // Compared only with that of the same key.
      fingerprint:
        command.clientMessageId === undefined ? '' : secrets.digest(JSON.stringify(identity)),
      admittedAtMs: clock.nowMs(),
      ...(address !== undefined && mayBeAudited(command.kind) ? { address } : {}),
    };
    this.#dependencies.commits.submit(admitted, (commitResult, committedBy = 'own') => {
      if (connection !== undefined) connection.pendingCommands -= 1;
      const submitted = { author, command: admitted, since, committedBy, onAcknowledged, onStored };
      this.#handleCommitResult(submitted, commitResult);
    });
    if (connection !== undefined) connection.pendingCommands += 1;
  }

  /**
   * Commits a command of another node, which acknowledges it, and announces its event.
   *
   * @throws {ChatError} UNAVAILABLE; then nothing was stored.
   */
  commitForOther(command: LogCommand, onResult: (commitResult: CommitResult) => void): void {
    const { queue, streams, uncertainCommands } = this.#dependencies;
    const { roomId } = command;
    const since = streams.get(roomId)?.epoch;
    queue.submit(command, (commitResult) => {
      const isStored = commitResult.kind === 'stored';
      const isFormer =
        isStored && streams.get(roomId)?.follow(commitResult.event.epoch, since) === false;
      if (isFormer || commitResult.kind === 'unknown') {
        streams.scheduleRepair(roomId);
        uncertainCommands.note(command);
        onResult({ kind: 'unknown', error: undefined });
        return;
      }
      if (isStored) this.#broadcastEvent({ connection: undefined }, commitResult.event);
      onResult(commitResult);
    });
  }

  #handleCommitResult(submitted: Submitted, commitResult: CommitResult): void {
    const { command, onAcknowledged } = submitted;
    switch (commitResult.kind) {
      case 'stored':
        this.#handleStored(submitted, commitResult.event);
        return;
      case 'duplicate':
        this.#handleDuplicate(submitted, commitResult);
        return;
      case 'unlogged':
        onAcknowledged(toAcknowledgement(command, toUnlogged(command)));
        return;
      case 'rejected':
        if (commitResult.isArchived) this.#dependencies.onArchived(command.roomId);
        onAcknowledged(toRejection(commitResult));
        return;
      case 'not-begun':
        onAcknowledged(unavailable(commitResult.error));
        return;
      case 'unknown':
        this.#handleUnknown(submitted, commitResult.error);
        return;
      default:
        commitResult satisfies never;
    }
  }

  #handleStored(submitted: Submitted, event: RoomEvent): void {
    const { author, command, onAcknowledged } = submitted;
    if (!this.#follow(submitted, event)) return;
    submitted.onStored?.(event);
    const { sequence, createdAtMs } = event;
    const message = event.kind === 'message' ? event.message : undefined;
    const acknowledgement = toAcknowledgement(command, {
      messageId: targetOf(command),
      sequence,
      createdAtMs,
      duplicate: false,
      message,
      sent: message,
    });
    // Before the event is sent: the author's connection gets the acknowledgement in its place.
    acknowledgeInOrder(author, acknowledgement, onAcknowledged);
    if (submitted.committedBy === 'own') this.#broadcastEvent(author, event);
    else this.#acceptEvent(author, event);
  }

  #handleDuplicate(submitted: Submitted, duplicate: Duplicate): void {
    const { command, onAcknowledged } = submitted;
    if (command.kind !== 'message' || command.parentId === undefined) {
      this.#acknowledgeDuplicate(submitted, duplicate);
      return;
    }
    const { background, log } = this.#dependencies;
    // Read before the acknowledgement gets its position: nothing may come between it and the answer.
    const acknowledged = log.readMessage(command.roomId, duplicate.messageId).then(
      (stored) => this.#acknowledgeDuplicate(submitted, duplicate, stored?.reply),
      (error: unknown) => onAcknowledged(unavailable(error)),
    );
    background.run(acknowledged);
  }

  /** @param reply The position in the thread, which was assigned to the first attempt. */
  #acknowledgeDuplicate(
    submitted: Submitted,
    duplicate: Duplicate,
    reply?: Message['reply'],
  ): void {
    const { author, command, onAcknowledged } = submitted;
    if (!this.#follow(submitted, duplicate)) return;
    const sent = toSent(author, command, { ...duplicate, reply });
    const about = { ...duplicate, duplicate: true, message: undefined, sent };
    const acknowledgement = toAcknowledgement(command, about);
    acknowledgeInOrder(author, acknowledgement, onAcknowledged);
    // The event of the first attempt may have been stored without being received.
    if (this.#isUncertain(acknowledgement)) {
      this.#dependencies.streams.scheduleRepair(command.roomId);
    }
    this.#dependencies.uncertainCommands.noteRepeated(command);
  }

  /**
   * After a failover, positions are those of another log: the room's stream follows it first.
   * Returns false if the position is perhaps one of a former log, which has lost the event.
   */
  #follow(submitted: Submitted, { epoch }: { readonly epoch: Epoch }): boolean {
    const { command, since } = submitted;
    const stream = this.#dependencies.streams.get(command.roomId);
    if (stream?.follow(epoch, since) !== false) return true;
    this.#handleUnknown(submitted);
    return false;
  }

  /** The command is perhaps stored: its event is found in the log, or by a repeated command. */
  #handleUnknown({ command, committedBy, onAcknowledged }: Submitted, error?: unknown): void {
    onAcknowledged(unavailable(error));
    this.#dependencies.streams.scheduleRepair(command.roomId);
    if (committedBy === 'own') this.#dependencies.uncertainCommands.note(command);
  }

  #isUncertain({ roomId, sequence }: Acknowledgement): boolean {
    const { streams } = this.#dependencies;
    return sequence > (streams.get(roomId)?.head ?? Number.POSITIVE_INFINITY);
  }

  #broadcastEvent({ connection }: Pick<Author, 'connection'>, event: RoomEvent): void {
    const { streams, logger } = this.#dependencies;
    const { roomId, sequence, kind } = event;
    this.#dependencies.uncertainCommands.noteAnnounced(event);
    if (kind === 'access-lost') this.#dependencies.accessLost.announceToAllNodes(event);
    logger.record({ event: 'log.stored', roomId, sequence, kind });
    // Its own connections first.
    const count = streams.get(roomId)?.accept(event) ?? 0;
    this.#dependencies.bus.publish('room', roomId, { kind: 'event', event });
    logger.record({ event: 'log.delivered', roomId, sequence, kind, count });
    this.#dependencies.onStored(event, connection, 'own');
  }

  /** Shows to the clients of this node an event that another node has committed for it. */
  #acceptEvent({ connection }: Author, event: RoomEvent): void {
    this.#dependencies.uncertainCommands.noteAnnounced(event);
    this.#dependencies.streams.get(event.roomId)?.accept(event);
    this.#dependencies.onStored(event, connection, 'other');
  }

  /**
   * Announces an event that was found in the log, because the outcome of its commit was unknown.
   * Connections that have the room open get it from the stream.
   */
  announceStored(event: RoomEvent): void {
    if (event.kind === 'access-lost') this.#dependencies.accessLost.announceToAllNodes(event);
    this.#dependencies.onStored(event, undefined, 'own');
  }
}

/** Returns the message of an acknowledged command that sends one. */
export function sentMessageOf({ sent }: Acknowledgement): Message {
  assert(sent !== undefined);
  return sent;
}

function acknowledgeInOrder(
  { connection }: Author,
  acknowledgement: Acknowledgement,
  onAcknowledged: OnAcknowledged,
): void {
  const { roomId, sequence } = acknowledgement;
  const subscription = connection?.subscriptions.get(roomId);
  // After a failover the client repeats it, and it is stored in the log that goes on.
  const run: Acknowledge = (outcome) => {
    if (outcome === 'lost') onAcknowledged(unavailable());
    else if (outcome === 'in-place' && acknowledgement.duplicate) {
      onAcknowledged({ ...acknowledgement, replacesEvent: true });
    } else onAcknowledged(acknowledgement);
  };
  if (subscription === undefined) run('stored');
  else subscription.acknowledgeAt(sequence, run);
}

function toAcknowledgement(
  command: LogCommand,
  stored: Omit<Acknowledgement, 'roomId' | 'clientMessageId' | 'replacesEvent'>,
): Acknowledgement {
  const { roomId, clientMessageId } = command;
  const { messageId, sequence, createdAtMs, duplicate, message, sent } = stored;
  return {
    roomId,
    messageId,
    clientMessageId,
    sequence,
    createdAtMs,
    duplicate,
    replacesEvent: false,
    message,
    sent,
  };
}

/** Restores the message that the first attempt stored from the repeated command. */
function toSent(
  { user }: Author,
  command: LogCommand,
  { messageId, sequence, createdAtMs, reply }: Duplicate & { readonly reply: Message['reply'] },
): Message | undefined {
  if (command.kind !== 'message') return undefined;
  const { username: sender } = user;
  return newMessage({ ...command, messageId }, { sequence, createdAtMs, sender, reply });
}

function toUnlogged(command: LogCommand) {
  const createdAtMs = command.admittedAtMs;
  return {
    messageId: targetOf(command),
    sequence: 0,
    createdAtMs,
    duplicate: false,
    message: undefined,
    sent: undefined,
  };
}

/** A loss of access concerns a user; its acknowledgement's message id is never read. */
function targetOf(command: LogCommand): MessageId {
  return command.kind === 'access-lost' ? ('' as MessageId) : command.messageId;
}

type Rejection = Extract<CommitOutcome, { readonly kind: 'rejected' }>;

const CONFLICTS: Partial<Record<NonNullable<Rejection['field']>, string>> = {
  clientMessageId: 'This clientMessageId was used for another command',
  messageId: 'This poll is closed',
  emoji: 'This message has as many different reactions as it may have',
};

function toRejection({ code, field, isArchived, mute, sanction }: Rejection): ChatError {
  if (isArchived) return archived();
  if (sanction !== undefined) return sanctionStays(sanction, 'set');
  if (mute !== undefined) return muted(mute);
  const message = code === 'CONFLICT' && field !== undefined ? CONFLICTS[field] : undefined;
  return new ChatError(code, {
    ...(field === undefined ? {} : { field }),
    ...(message === undefined ? {} : { message }),
  });
}
