/** The details column: members who have the room open, and their presence. */
import type { RoomId } from '@parley/client';
import { useEffect, useMemo } from 'react';
import { ColumnHeader } from '../chat/column-header.tsx';
import { Avatar } from '../components/avatar.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { Link } from '../components/link.tsx';
import { PresenceDot } from '../components/presence-dot.tsx';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import { navigate } from '../hooks/use-route.ts';
import { personPath, roomPath } from '../route.ts';
import { strings } from '../strings.ts';
import classes from './member-column.module.css';
import { memberRows } from './member-rows.ts';

export interface MemberColumnProps {
  readonly className: string | undefined;
  readonly roomId: RoomId;
}

export function MemberColumn({ className, roomId }: MemberColumnProps) {
  const { user } = useChat();
  const room = useSnapshot((snapshot) => snapshot.rooms.get(roomId));
  const presence = useSnapshot((snapshot) => snapshot.presence);
  const members = room?.kind === 'open' ? room.members : undefined;
  const rows = useMemo(
    () => (members === undefined ? [] : memberRows(members, presence)),
    [members, presence],
  );
  const hiddenCount = room?.kind === 'open' ? room.memberCount - rows.length : 0;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      // One press of Escape does one thing, even if it has another use.
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return;
      navigate(roomPath(roomId));
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [roomId]);
  return (
    <section className={className} aria-label={strings.members.title}>
      <ColumnHeader>
        <h1>{strings.members.title}</h1>
        <IconButton
          icon="close"
          name={strings.members.close}
          onClick={() => navigate(roomPath(roomId))}
        />
      </ColumnHeader>
      <ul className={classes['list']} aria-label={strings.members.title}>
        {rows.map(({ userId, username, status }) => (
          <li key={userId} className={classes['row']}>
            <Avatar userId={userId} username={username} size="small" />
            {userId === user.id ? (
              <span className={classes['name']}>{username}</span>
            ) : (
              <Link
                to={personPath(username)}
                className={classes['name']}
                title={strings.people.message(username)}
              >
                {username}
              </Link>
            )}
            {userId === user.id && <span className={classes['you']}>{strings.members.you}</span>}
            <PresenceDot status={status} />
          </li>
        ))}
      </ul>
      {hiddenCount > 0 && <p className={classes['more']}>{strings.members.more(hiddenCount)}</p>}
    </section>
  );
}
