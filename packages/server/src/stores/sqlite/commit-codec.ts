/**
 * Encoding of commands and outcomes between threads: one text costs a fraction of copying objects.
 * A plain message is an array without the names of its fields, and so is the outcome of a stored
 * message, which contains only what its command did not.
 */
import assert from 'node:assert/strict';
import type { ClientMessageId, Epoch, MessageId, RoomId, UserId } from '@parley/protocol';
import type { CommitOutcome } from '../../model/commit-outcome.ts';
import type { CommandOf, LogCommand } from '../../model/log-command.ts';
import type { Message } from '../../model/message.ts';
import { storedMessage } from '../../model/new-message.ts';
import type { MessageStored } from './commit.ts';
import { commit } from './commit.ts';
import type { Database } from './database.ts';

/** A message that has no further fields, like most. */
type PlainMessage = CommandOf<'message'> & { readonly clientMessageId: ClientMessageId };
type PlainFields = readonly [
  roomId: RoomId,
  userId: UserId,
  messageId: MessageId,
  clientMessageId: ClientMessageId,
  fingerprint: string,
  admittedAtMs: number,
  content: string,
];
type StoredFields = readonly [
  sequence: number,
  ordinal: number,
  createdAtMs: number,
  epoch: Epoch,
  sender: string,
  reply?: Message['reply'],
];

/**
 * Runs in the writer's thread: commits commands encoded by `toText`; `toOutcomes` decodes the
 * result.
 */
export function commitText(database: Database, text: string): string {
  // Created by `toText`; undefined fields are absent.
  const crossing = JSON.parse(text) as (LogCommand | PlainFields)[];
  const commands = crossing.map((item) => ('kind' in item ? item : fromPlainFields(item)));
  return JSON.stringify(commit(database, { commands }).map(toCrossing));
}

export function toText(commands: readonly LogCommand[]): string {
  return JSON.stringify(
    commands.map((command) => (isPlain(command) ? toPlainFields(command) : command)),
  );
}

export function toOutcomes(commands: readonly LogCommand[], text: string): CommitOutcome[] {
  // Created by `commitText`, one for each command.
  const crossing = JSON.parse(text) as (CommitOutcome | StoredFields)[];
  return crossing.map((outcome, index) => {
    if ('kind' in outcome) return outcome;
    const command = commands[index];
    assert(command?.kind === 'message');
    return toStored(command, outcome);
  });
}

function isPlain(command: LogCommand): command is PlainMessage {
  return (
    command.kind === 'message' &&
    command.clientMessageId !== undefined &&
    command.parentId === undefined &&
    command.attachments.length === 0 &&
    !command.mentions.everyone &&
    command.mentions.names.length === 0
  );
}

function toPlainFields(command: PlainMessage): PlainFields {
  const { roomId, userId, messageId, clientMessageId, fingerprint, admittedAtMs, content } =
    command;
  return [roomId, userId, messageId, clientMessageId, fingerprint, admittedAtMs, content];
}

function fromPlainFields(fields: PlainFields): PlainMessage {
  const [roomId, userId, messageId, clientMessageId, fingerprint, admittedAtMs, content] = fields;
  return {
    kind: 'message',
    roomId,
    userId,
    messageId,
    clientMessageId,
    fingerprint,
    admittedAtMs,
    content,
    parentId: undefined,
    attachments: [],
    mentions: { everyone: false, names: [] },
  };
}

function toCrossing(outcome: CommitOutcome | MessageStored): CommitOutcome | StoredFields {
  if (outcome.kind !== 'message-stored') return outcome;
  const { sequence, ordinal, createdAtMs, epoch } = outcome.position;
  const { sender, reply } = outcome;
  if (reply === undefined) return [sequence, ordinal, createdAtMs, epoch, sender];
  return [sequence, ordinal, createdAtMs, epoch, sender, reply];
}

function toStored(command: CommandOf<'message'>, fields: StoredFields): CommitOutcome {
  const [sequence, ordinal, createdAtMs, epoch, sender, reply] = fields;
  return storedMessage(command, { epoch, sequence, ordinal, createdAtMs }, { sender, reply });
}
