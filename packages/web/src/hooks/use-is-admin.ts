/** Whether the user is an owner or admin of the server, as soon as the server has answered. */
import { findServerRole } from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat } from './chat-context.ts';

export function useIsAdmin(): boolean {
  const { client } = useChat();
  const [isAdmin, setIsAdmin] = useState(false);
  useEffect(() => {
    let isCurrent = true;
    findServerRole(client)
      .then((role) => isCurrent && setIsAdmin(role === 'owner' || role === 'admin'))
      // Without an answer, nothing of administration is offered.
      .catch(() => {});
    return () => {
      isCurrent = false;
    };
  }, [client]);
  return isAdmin;
}
