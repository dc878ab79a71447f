/** At the foot of the first column: invitations of people and the administration, for those who may. */
import { useState } from 'react';
import { useSnapshot } from '../chat-context.ts';
import { Icon } from '../components/icon.tsx';
import { useServerRole } from '../hooks/use-server-role.ts';
import { ColumnLink } from '../rooms/column-link.tsx';
import { InvitePeopleDialog } from '../rooms/invite-people-dialog.tsx';
import classes from '../rooms/room-list.module.css';
import { isPermitted } from '../rooms/room-permissions.ts';
import { ADMIN_INVITES_PATH, type Route } from '../route.ts';
import { adminStrings } from '../strings/admin.ts';
import { inviteStrings } from '../strings/invite.ts';
import { adminPathFor } from './admin-link.tsx';

export default function ServerLinks({ route }: { readonly route: Route }) {
  const role = useServerRole();
  const path = adminPathFor(role);
  if (role === undefined || role === 'guest') return null;
  const isInviting = route.kind === 'admin' && route.section === 'invites';
  return (
    <div style={{ padding: '4px 8px', borderTop: '1px solid var(--line)' }}>
      {path === undefined || role === 'moderator' ? (
        <InviteButton route={route} />
      ) : (
        <ColumnLink
          to={ADMIN_INVITES_PATH}
          icon="people"
          name={inviteStrings.people}
          isHere={isInviting}
        />
      )}
      {path !== undefined && (
        <ColumnLink
          to={path}
          icon="settings"
          name={adminStrings.title}
          isHere={route.kind === 'admin' && !isInviting}
        />
      )}
    </div>
  );
}

/** Its links lead into one room. */
function InviteButton({ route }: { readonly route: Route }) {
  const directory = useSnapshot((snapshot) => snapshot.directory);
  const [isOpen, setIsOpen] = useState(false);
  const rooms = directory.rooms.filter(
    (room) =>
      room.joined &&
      room.kind === 'room' &&
      room.archived !== true &&
      isPermitted(room, 'inviting'),
  );
  if (rooms.length === 0) return null;
  const here = route.kind === 'room' ? route.roomId : undefined;
  return (
    <>
      <button type="button" className={classes['row']} onClick={() => setIsOpen(true)}>
        <Icon name="people" />
        <span className={classes['name']}>{inviteStrings.people}</span>
      </button>
      {isOpen && <InvitePeopleDialog {...{ rooms, here }} onClose={() => setIsOpen(false)} />}
    </>
  );
}
