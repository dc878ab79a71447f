/** Sender of a Socket.IO command, and functions that answer it. */
import type { Chat } from '../../domain/chat.ts';
import type { ChatConnection } from '../../domain/delivery/chat-connection.ts';
import type { AnswerCommand, BeginCommand } from '../common/command-queue.ts';
import type { ServerEvent } from './encode.ts';

export interface CommandContext {
  readonly chat: Pick<
    Chat,
    | 'rooms'
    | 'roomIds'
    | 'subscriptions'
    | 'memberships'
    | 'roomLists'
    | 'messages'
    | 'history'
    | 'readReceipts'
    | 'typing'
    | 'presenceStatus'
  >;
  readonly connection: ChatConnection;
  readonly contentLengthMax: number;
  /** Sends an event to this socket. */
  send(event: ServerEvent): void;
  /** Answers the command: `{ ok: true, … }`. */
  answer(result?: object): void;
  reject(error: unknown): void;
  /** Begins a command that is answered when it has its position in the log: `CommandQueue.defer`. */
  defer(begin: BeginCommand, answer: AnswerCommand): void | Promise<void>;
}
