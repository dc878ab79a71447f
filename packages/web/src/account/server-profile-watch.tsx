/** Follows the name and the logo of the server: they are asked for with each connection. */
import { readServerProfile } from '@parley/client';
import { useEffect } from 'react';
import { useChat } from '../chat-context.ts';
import { atEachConnection } from '../hooks/at-each-connection.ts';
import { showServer } from '../server-profile.ts';

export default function ServerProfileWatch() {
  const { client } = useChat();
  useEffect(
    () =>
      atEachConnection(client, () => {
        // Tried again with the next connection.
        readServerProfile(client).then(showServer, () => {});
      }),
    [client],
  );
  return null;
}
