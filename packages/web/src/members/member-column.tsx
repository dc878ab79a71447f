/** The details column for members: who has the room open, and their presence. */
import type { RoomId } from '@parley/client';
import { useMemo } from 'react';
import { PanelFrame } from '../chat/panel-frame.tsx';
import { Link } from '../components/link.tsx';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import { BotMark } from '../people/bot-mark.tsx';
import { PersonFace } from '../people/person-face.tsx';
import { profilePath } from '../route.ts';
import { strings } from '../strings/strings.ts';
import classes from './member-column.module.css';
import { memberRows } from './member-rows.ts';

interface MemberColumnProps {
  readonly className: string | undefined;
  readonly roomId: RoomId;
}

export default function MemberColumn({ className, roomId }: MemberColumnProps) {
  const { user } = useChat();
  const room = useSnapshot((snapshot) => snapshot.rooms.get(roomId));
  const presence = useSnapshot((snapshot) => snapshot.presence);
  const members = room?.kind === 'open' ? room.members : undefined;
  const rows = useMemo(
    () => (members === undefined ? [] : memberRows(members, presence)),
    [members, presence],
  );
  const count = room?.kind === 'open' ? room.memberCount : 0;
  const hiddenCount = count - rows.length;
  return (
    <PanelFrame
      className={className}
      title={strings.members.title}
      note={count === 0 ? '' : strings.members.here(count)}
      close={strings.members.close}
      roomId={roomId}
    >
      <ul className={classes['list']} aria-label={strings.members.title}>
        {rows.map(({ userId, username, name, status }) => (
          <li key={userId} className={classes['row']}>
            <PersonFace userId={userId} name={name} status={status} size="medium" />
            {userId === user.id ? (
              <bdi className={classes['name']}>{name}</bdi>
            ) : (
              <Link
                to={profilePath(roomId, username)}
                className={classes['name']}
                title={strings.people.profile(username)}
              >
                <bdi>{name}</bdi>
              </Link>
            )}
            <BotMark userId={userId} />
            {userId === user.id && <span className={classes['you']}>{strings.members.you}</span>}
            <span className={classes['status']} dir="auto">
              {presence.get(userId)?.statusText ?? ''}
            </span>
            <span className="visually-hidden">{strings.members.status[status]}</span>
          </li>
        ))}
      </ul>
      {hiddenCount > 0 && <p className={classes['more']}>{strings.members.more(hiddenCount)}</p>}
    </PanelFrame>
  );
}
