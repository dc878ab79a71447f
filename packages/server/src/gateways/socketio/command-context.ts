/** Who gives a command over Socket.IO, and how it is answered. */
import type { Chat } from '../../domain/chat.ts';
import type { ChatConnection } from '../../domain/delivery/connection.ts';
import type { ServerEvent } from './encode.ts';

export interface CommandContext {
  readonly chat: Chat;
  readonly connection: ChatConnection;
  readonly contentLengthMax: number;
  /** Sends an event to this socket. */
  send(event: ServerEvent): void;
  /** Answers the command: `{ ok: true, … }`. */
  answer(result?: object): void;
  reject(error: unknown): void;
  /** Ends the connection because of a defect. */
  fail(error: unknown): void;
  /** For a command whose answer comes later: the next one need not wait for it. */
  trackPending(): { readonly settled: () => void };
}
