/** The details column for members: who belongs to the room, online people first. */
import type { Member, RoomId } from '@parley/client';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { Link } from '../components/link.tsx';
import { LoadStatus } from '../components/load-status.tsx';
import { PanelFrame } from '../components/panel-frame.tsx';
import { TextField } from '../components/text-field.tsx';
import { BotMark } from '../people/bot-mark.tsx';
import { PersonFace } from '../people/person-face.tsx';
import { useLastRoleChange } from '../people/use-last-role-change.ts';
import { listedRoom } from '../rooms/shown-room-name.ts';
import { profilePath } from '../route.ts';
import { memberStrings } from '../strings/members.ts';
import { strings } from '../strings/strings.ts';
import classes from './member-column.module.css';
import { memberRows } from './member-rows.ts';
import { useRoomMembers } from './use-room-members.ts';

interface MemberColumnProps {
  readonly className: string | undefined;
  readonly roomId: RoomId;
}

const NOBODY: ReadonlyMap<string, Member> = new Map();
/** Distance from the end of the list, in pixels, at which the next page is loaded. */
const NEAR_END = 600;

/** Each room has its own search. */
export default function MemberColumn(props: MemberColumnProps) {
  return <RoomMembers key={props.roomId} {...props} />;
}

function RoomMembers({ className, roomId }: MemberColumnProps) {
  const { user } = useChat();
  const room = useSnapshot((snapshot) => snapshot.rooms.get(roomId));
  const presence = useSnapshot((snapshot) => snapshot.presence);
  const total = useSnapshot(({ directory }) => listedRoom(directory, roomId)?.memberTotal);
  const roleChange = useLastRoleChange(roomId);
  const [text, setText] = useState('');
  const [isLong, setIsLong] = useState(false);
  const {
    members: listed,
    status,
    next,
    isCut,
    more,
    retry,
  } = useRoomMembers(roomId, text, `${total} ${roleChange}`);
  // The field stays while a search has one page.
  if (next !== undefined && !isLong) setIsLong(true);
  const present = room?.kind === 'open' ? room.members : NOBODY;
  const rows = useMemo(
    () => memberRows({ present, listed, presence, text: text.trim() }),
    [present, listed, presence, text],
  );
  const list = useRef<HTMLUListElement>(null);
  const loadNearEnd = (): void => {
    const element = list.current;
    if (element === null) return;
    const left = element.scrollHeight - element.scrollTop - element.clientHeight;
    if (left < NEAR_END) more();
  };
  // A page may be too short to scroll.
  useEffect(loadNearEnd);
  return (
    <PanelFrame
      className={className}
      title={strings.members.title}
      note={total === undefined ? '' : String(total)}
      close={strings.members.close}
      roomId={roomId}
    >
      {isLong && (
        <div className={classes['search']}>
          <TextField
            label={memberStrings.find}
            hint={isCut ? memberStrings.cut : undefined}
            value={text}
            type="search"
            autoComplete="off"
            onChange={({ target }) => setText(target.value)}
          />
        </div>
      )}
      <ul
        ref={list}
        className={classes['list']}
        aria-label={strings.members.title}
        onScroll={loadNearEnd}
      >
        {rows.map(({ userId, username, name, status, role }) => (
          <li key={userId} className={classes['row']} data-status={status}>
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
            {role !== undefined && role !== 'member' && (
              <span className={classes['role']}>{memberStrings.role[role]}</span>
            )}
            {userId === user.id && <span className={classes['you']}>{memberStrings.you}</span>}
            <span className={classes['status']} dir="auto">
              {presence.get(userId)?.statusText ?? ''}
            </span>
            <span className="visually-hidden">{strings.members.status[status]}</span>
          </li>
        ))}
      </ul>
      {rows.length === 0 && status === 'ready' && (
        <p className={classes['note']}>{memberStrings.none}</p>
      )}
      <LoadStatus
        status={status}
        isEmpty={rows.length === 0}
        texts={memberStrings}
        onRetry={retry}
      />
    </PanelFrame>
  );
}
