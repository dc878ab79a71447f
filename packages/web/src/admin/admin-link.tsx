/** Link to the administration: for owners and admins of the server, and for moderators to the reports. */
import type { ServerRole } from '@parley/client';
import { Link } from '../components/link.tsx';
import { useServerRole } from '../hooks/use-server-role.ts';
import { ADMIN_PATH, ADMIN_REPORTS_PATH } from '../route.ts';
import { adminStrings } from '../strings/admin.ts';

interface AdminLinkProps {
  readonly className: string | undefined;
  readonly onFollow: () => void;
  readonly isListItem?: boolean;
}

export function AdminLink({ className, onFollow, isListItem = false }: AdminLinkProps) {
  // The address of the page works without the link.
  const path = adminPathFor(useServerRole());
  if (path === undefined) return null;
  const link = (
    <Link to={path} className={className} onFollow={onFollow}>
      {adminStrings.title}
    </Link>
  );
  return isListItem ? <li>{link}</li> : link;
}

/** Undefined for users who may see nothing of it. */
export function adminPathFor(role: ServerRole | undefined): string | undefined {
  if (role === 'moderator') return ADMIN_REPORTS_PATH;
  return role === 'owner' || role === 'admin' ? ADMIN_PATH : undefined;
}
