/** Sender of a command in the native dialect, and functions that answer it. */
import type {
  ClientFrameType,
  ClientPayload,
  ServerFrames,
  ServerFrameType,
} from '@parley/protocol';
import type { ConnectionContext } from '../common/codec.ts';

export interface CommandContext extends ConnectionContext {
  /** Answers the frame of the command. */
  reply<T extends ServerFrameType>(type: T, payload: ServerFrames[T]): void;
}

/** If a command returns a promise, the next command of the connection starts when it resolves. */
export type Command<T extends ClientFrameType> = (
  context: CommandContext,
  payload: ClientPayload<T>,
) => void | Promise<void>;

/** A subset of the dialect's commands by frame type. */
export type Commands<T extends ClientFrameType> = { readonly [K in T]: Command<K> };
