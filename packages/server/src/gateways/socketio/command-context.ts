/** Sender of a Socket.IO command, and functions that answer it. */
import type { Chat } from '../../domain/chat.ts';
import type { ChatConnection } from '../../domain/delivery/chat-connection.ts';
import type { ServerEvent } from './encode.ts';

export interface CommandContext {
  readonly chat: Pick<
    Chat,
    'rooms' | 'roomLists' | 'messages' | 'history' | 'readReceipts' | 'typing' | 'presenceStatus'
  >;
  readonly connection: ChatConnection;
  readonly contentLengthMax: number;
  /** Sends an event to this socket. */
  send(event: ServerEvent): void;
  /** Answers the command: `{ ok: true, … }`. */
  answer(result?: object): void;
  reject(error: unknown): void;
  /** Closes the connection because of a bug in the server. */
  fail(error: unknown): void;
  /** Registers an answer that is sent later, so that the next command need not wait for it. */
  trackPending(): { readonly done: () => void };
}
