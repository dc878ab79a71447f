/** Whether the user follows a thread, and what is unread there: loaded with each connection, then reported. */
import { type MessageId, type RoomId, readThreadState, type ThreadState } from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { atEachConnection } from '../hooks/at-each-connection.ts';

/** Undefined until it is known. */
export function useThreadFollow(roomId: RoomId, messageId: MessageId): ThreadState | undefined {
  const { client } = useChat();
  const [state, setState] = useState<ThreadState>();
  useEffect(() => {
    let isCurrent = true;
    const load = (): void => {
      readThreadState(client, roomId, messageId).then(
        (loaded) => isCurrent && setState(loaded),
        // Without it there is nothing to choose; the messages say that they could not be loaded.
        () => {},
      );
    };
    const ends = [
      atEachConnection(client, load),
      client.onNotice('thread_changed', ({ payload }) => {
        if (payload.messageId !== messageId) return;
        setState({ isFollowing: payload.following, unreadCount: payload.unreadCount });
      }),
    ];
    return () => {
      isCurrent = false;
      for (const end of ends) end();
    };
  }, [client, roomId, messageId]);
  return state;
}
