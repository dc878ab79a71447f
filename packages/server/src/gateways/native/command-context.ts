/** Sender of a command in the native dialect, and functions that answer it. */
import type {
  ClientFrameType,
  ClientPayload,
  RoutedCommand,
  ServerFrames,
  ServerFrameType,
} from '@parley/protocol';
import type { ChatConnection } from '../../domain/delivery/chat-connection.ts';
import type { ActingUser } from '../../model/identity.ts';
import type { ConnectionContext } from '../common/codec.ts';

/** Context of a command that also runs without a connection, over HTTP. */
export interface UserContext extends Omit<ConnectionContext, 'connection'> {
  readonly user: ActingUser;
  readonly connection: ChatConnection | undefined;
  /** Answers the command. */
  reply<T extends ServerFrameType>(type: T, payload: ServerFrames[T]): void;
}

export interface CommandContext extends UserContext {
  readonly connection: ChatConnection;
}

/** If a command returns a promise, the next command of the connection starts when it resolves. */
export type Command<T extends ClientFrameType> = (
  context: T extends RoutedCommand ? UserContext : CommandContext,
  payload: ClientPayload<T>,
) => void | Promise<void>;

/** A subset of the dialect's commands by frame type. */
export type Commands<T extends ClientFrameType> = { readonly [K in T]: Command<K> };
