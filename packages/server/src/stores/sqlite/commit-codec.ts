/**
 * Encoding of commands and outcomes between threads: one text costs a fraction of copying objects.
 * The outcome of a stored message contains only what its command did not.
 */

import assert from 'node:assert/strict';
import type { Epoch, RoomId } from '@parley/protocol';
import type { CommitOutcome } from '../../model/commit-outcome.ts';
import type { CommandOf, LogCommand } from '../../model/log-command.ts';
import type { Message } from '../../model/message.ts';
import { newMessage } from '../../model/new-message.ts';
import { commit } from './commit.ts';
import type { Database } from './database.ts';

type StoredMessage = Pick<Message, 'sequence' | 'createdAtMs' | 'sender' | 'reply'> & {
  readonly ordinal: number;
};
type CrossingOutcome = StoredMessage | CommitOutcome;

/** The epochs of the rooms with new messages, each once. */
interface Crossing {
  readonly epochs: Readonly<Record<RoomId, Epoch>>;
  readonly outcomes: readonly CrossingOutcome[];
}

/**
 * Runs in the writer's thread: commits commands encoded by `toText`; `toOutcomes` decodes the
 * result.
 */
export function commitText(database: Database, text: string): string {
  // Created by `toText`; undefined fields are absent.
  const commands = JSON.parse(text) as LogCommand[];
  const outcomes = commit(database, { commands });
  const epochs: Record<RoomId, Epoch> = {};
  for (const outcome of outcomes) {
    if (outcome.kind === 'stored') epochs[outcome.event.roomId] = outcome.event.epoch;
  }
  const crossing: Crossing = { epochs, outcomes: outcomes.map(toCrossing) };
  return JSON.stringify(crossing);
}

export function toText(commands: readonly LogCommand[]): string {
  return JSON.stringify(commands);
}

export function toOutcomes(commands: readonly LogCommand[], text: string): CommitOutcome[] {
  // Created by `commitText`, one for each command.
  const { epochs, outcomes } = JSON.parse(text) as Crossing;
  return outcomes.map((outcome, index) => {
    if ('kind' in outcome) return outcome;
    const command = commands[index];
    assert(command?.kind === 'message');
    const epoch = epochs[command.roomId];
    assert(epoch !== undefined);
    return toStored(command, outcome, epoch);
  });
}

function toCrossing(outcome: CommitOutcome): CrossingOutcome {
  if (outcome.kind !== 'stored' || outcome.event.kind !== 'message') return outcome;
  const { sequence, ordinal, createdAtMs, message } = outcome.event;
  const { sender, reply } = message;
  return { sequence, ordinal, createdAtMs, sender, reply };
}

function toStored(
  command: CommandOf<'message'>,
  stored: StoredMessage,
  epoch: Epoch,
): CommitOutcome {
  const { roomId, userId, messageId: id, content, clientMessageId, attachments } = command;
  const { sequence, ordinal, createdAtMs, sender, reply } = stored;
  const message = newMessage({
    id,
    roomId,
    userId,
    sender,
    content,
    createdAtMs,
    sequence,
    clientMessageId,
    attachments,
    reply,
  });
  const position = { roomId, epoch, sequence, ordinal, actorId: userId, createdAtMs };
  return { kind: 'stored', event: { ...position, kind: 'message', message } };
}
