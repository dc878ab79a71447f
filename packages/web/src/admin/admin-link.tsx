/** Link to the administration, for owners and admins of the server only. */
import { findServerRole } from '@parley/client';
import { useEffect, useState } from 'react';
import { Link } from '../components/link.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { ADMIN_PATH } from '../route.ts';
import { adminStrings } from '../strings/admin.ts';

interface AdminLinkProps {
  readonly className: string | undefined;
  readonly onFollow: () => void;
  readonly isListItem?: boolean;
}

export function AdminLink({ className, onFollow, isListItem = false }: AdminLinkProps) {
  const { client } = useChat();
  const [isAdmin, setIsAdmin] = useState(false);
  useEffect(() => {
    let isCurrent = true;
    findServerRole(client)
      .then((role) => isCurrent && setIsAdmin(role === 'owner' || role === 'admin'))
      // Without an answer there is no link; the address of the page works.
      .catch(() => {});
    return () => {
      isCurrent = false;
    };
  }, [client]);
  if (!isAdmin) return null;
  const link = (
    <Link to={ADMIN_PATH} className={className} onFollow={onFollow}>
      {adminStrings.title}
    </Link>
  );
  return isListItem ? <li>{link}</li> : link;
}
