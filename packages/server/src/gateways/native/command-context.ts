/** Who gives a command in the native dialect, and how it is answered. */
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
  /** Answers the frame directly. */
  reply<T extends ServerFrameType>(type: T, payload: ServerFrames[T]): void;
  reject(error: unknown): void;
  /** Ends the connection because of a defect. */
  fail(error: unknown): void;
  /** For a command whose answer comes later: the next one need not wait for it. */
  trackPending(): { readonly settled: () => void };
}

/** The next command of a connection begins when this one's promise, if it gives one, resolves. */
export type Command<T extends ClientFrameType> = (
  caller: CommandContext,
  payload: ClientPayload<T>,
) => void | Promise<void>;

/** Some of the dialect's commands, by the type of their frame. */
export type Commands<T extends ClientFrameType> = { readonly [K in T]: Command<K> };
