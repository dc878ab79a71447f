/** Joins a room by its name; an outage delays this, and does not end it. */
import {
  browserEnvironment,
  type ChatClient,
  ChatError,
  type Environment,
  type ErrorCode,
  type RoomId,
} from '@parley/client';

/** Shortest time before a server that is connected is asked again. */
export const PAUSE_MS = 1_000;

interface NamedRoom {
  readonly name: string;
  /** False: only a room that exists. */
  readonly create: boolean;
}

interface JoinListener {
  readonly onJoined: (roomId: RoomId) => void;
  /** A join without an answer, or that came too often, is repeated as soon as there is a connection. */
  readonly onFailed: (code: ErrorCode) => void;
}

/** Returns a function that ends it; then the listener is not called any more. */
export function joinWhenConnected(
  client: Pick<ChatClient, 'joinRoom' | 'getSnapshot' | 'subscribe'>,
  { name, create }: NamedRoom,
  { onJoined, onFailed }: JoinListener,
  { setTimer }: Pick<Environment, 'setTimer'> = browserEnvironment(),
): () => void {
  let isEnded = false;
  let isWaiting = false;
  let cancelPause = (): void => {};

  const fail = (error: unknown): void => {
    if (isEnded) return;
    const { code, isRetryable, details } = ChatError.from(error);
    if (isRetryable) {
      // The server may have taken the join, and refuses a second one soon after.
      const pauseMs = Math.max(PAUSE_MS, 1_000 * (details.retryAfterSeconds ?? 0));
      cancelPause = setTimer(() => {
        isWaiting = true;
        joinWaiting();
      }, pauseMs);
    }
    onFailed(code);
  };
  const join = (): void => {
    client.joinRoom(name, { create }).then((roomId) => {
      if (!isEnded) onJoined(roomId);
    }, fail);
  };
  const joinWaiting = (): void => {
    if (!isWaiting || client.getSnapshot().connection.kind !== 'open') return;
    isWaiting = false;
    join();
  };

  join();
  const unsubscribe = client.subscribe(joinWaiting);
  return () => {
    isEnded = true;
    cancelPause();
    unsubscribe();
  };
}
