/**
 * Commands that another node commits, and how their results travel back. A repeated message with the
 * same idempotency key is safe in every store: the node that handed it over can commit it, too, if
 * no result arrives.
 */
import type { ClientMessageId, Epoch } from '@parley/protocol';
import type { CommitResult, Rejection } from './commit-outcome.ts';
import type { CommandOf, LogCommand } from './log-command.ts';
import type { ReplyPosition } from './message.ts';
import { storedMessage } from './new-message.ts';
import { ITEM_BYTES } from './page-bytes.ts';

export type ForwardedCommand = CommandOf<'message'> & { readonly clientMessageId: ClientMessageId };

/** A result without what the command itself contains. */
export type ForwardedResult =
  | {
      readonly kind: 'stored';
      readonly epoch: Epoch;
      readonly sequence: number;
      readonly ordinal: number;
      readonly createdAtMs: number;
      readonly sender: string;
      readonly reply: ReplyPosition | undefined;
    }
  | Extract<CommitResult, { readonly kind: 'duplicate' | 'unlogged' | 'rejected' }>
  | { readonly kind: 'not-begun' }
  | { readonly kind: 'unknown' };

const RESULT_KINDS: Readonly<Record<ForwardedResult['kind'], true>> = {
  stored: true,
  duplicate: true,
  unlogged: true,
  rejected: true,
  'not-begun': true,
  unknown: true,
};

const REJECTION_CODES: Readonly<Record<Rejection['code'], true>> = {
  CONFLICT: true,
  FORBIDDEN: true,
  NOT_FOUND: true,
  VALIDATION_ERROR: true,
};

/** Numbers of commands since the start of a node. */
export interface HandoverCounts {
  readonly sent: number;
  readonly answered: number;
  readonly timedOut: number;
  readonly rejected: number;
  /** Commands of other nodes that this node has committed. */
  readonly accepted: number;
}

export function isForwardable(command: LogCommand): command is ForwardedCommand {
  if (command.kind !== 'message' || command.clientMessageId === undefined) return false;
  // This node tells the others of new members before they hear of the message.
  return command.admits === undefined;
}

/** False for a result that only later versions have. */
export function isKnownResult(result: ForwardedResult): boolean {
  if (result.kind === 'rejected') return Object.hasOwn(REJECTION_CODES, result.code);
  return Object.hasOwn(RESULT_KINDS, result.kind);
}

/** Approximate size of a command on the bus. */
export function commandBytes({ content, attachments, mentions }: ForwardedCommand): number {
  const attached = attachments.length === 0 ? 0 : JSON.stringify(attachments).length;
  const named = mentions.names.reduce((sum, { length }) => sum + length, 0);
  return ITEM_BYTES + content.length + attached + named;
}

export function toForwardedResult(result: CommitResult): ForwardedResult {
  if (result.kind === 'not-begun' || result.kind === 'unknown') return { kind: result.kind };
  if (result.kind !== 'stored') return result;
  const { event } = result;
  if (event.kind !== 'message') return { kind: 'unknown' };
  const { epoch, sequence, ordinal, createdAtMs, message } = event;
  const { sender, reply } = message;
  return { kind: 'stored', epoch, sequence, ordinal, createdAtMs, sender, reply };
}

export function fromForwardedResult(
  command: ForwardedCommand,
  result: ForwardedResult,
): CommitResult {
  if (result.kind === 'not-begun' || result.kind === 'unknown') {
    return { kind: result.kind, error: undefined };
  }
  if (result.kind !== 'stored') return result;
  return storedMessage(command, result, result);
}
