/** The role of the user on the server, as soon as the server has answered. */
import { findServerRole, type ServerRole } from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';

export function useServerRole(): ServerRole | undefined {
  const { client } = useChat();
  const [role, setRole] = useState<ServerRole>();
  useEffect(() => {
    let isCurrent = true;
    findServerRole(client)
      .then((found) => isCurrent && setRole(found))
      // Without an answer, nothing of administration is offered.
      .catch(() => {});
    return () => {
      isCurrent = false;
    };
  }, [client]);
  return role;
}

/** Whether the user moderates the whole server: its reports, and the messages of spammers. */
export function useIsServerModerator(): boolean {
  const role = useServerRole();
  return role === 'owner' || role === 'admin' || role === 'moderator';
}

export function useIsAdmin(): boolean {
  const role = useServerRole();
  return role === 'owner' || role === 'admin';
}
