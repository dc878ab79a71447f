/** Link to the administration, for owners and admins of the server only. */
import { Link } from '../components/link.tsx';
import { useIsAdmin } from '../hooks/use-is-admin.ts';
import { ADMIN_PATH } from '../route.ts';
import { adminStrings } from '../strings/admin.ts';

interface AdminLinkProps {
  readonly className: string | undefined;
  readonly onFollow: () => void;
  readonly isListItem?: boolean;
}

export function AdminLink({ className, onFollow, isListItem = false }: AdminLinkProps) {
  // The address of the page works without the link.
  const isAdmin = useIsAdmin();
  if (!isAdmin) return null;
  const link = (
    <Link to={ADMIN_PATH} className={className} onFollow={onFollow}>
      {adminStrings.title}
    </Link>
  );
  return isListItem ? <li>{link}</li> : link;
}
