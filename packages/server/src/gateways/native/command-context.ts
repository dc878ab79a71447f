/** Sender of a command in the native dialect, and functions that answer it. */
import type {
  ClientFrameType,
  ClientPayload,
  ServerFrames,
  ServerFrameType,
} from '@parley/protocol';
import type { Chat } from '../../domain/chat.ts';
import type { ChatConnection } from '../../domain/delivery/connection.ts';

export interface CommandContext {
  readonly chat: Chat;
  readonly connection: ChatConnection;
  readonly contentLengthMax: number;
  /** Answers the frame of the command. */
  reply<T extends ServerFrameType>(type: T, payload: ServerFrames[T]): void;
  reject(error: unknown): void;
  /** Closes the connection because of a bug in the server. */
  fail(error: unknown): void;
  /** Registers an answer that is sent later, so that the next command need not wait for it. */
  trackPending(): { readonly done: () => void };
}

/** If a command returns a promise, the next command of the connection starts when it resolves. */
export type Command<T extends ClientFrameType> = (
  context: CommandContext,
  payload: ClientPayload<T>,
) => void | Promise<void>;

/** A subset of the dialect's commands by frame type. */
export type Commands<T extends ClientFrameType> = { readonly [K in T]: Command<K> };
