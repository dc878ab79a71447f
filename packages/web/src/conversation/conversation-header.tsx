/** Header of a conversation: name, members, back button, and menu. */
import type { Conversation, RoomId, RoomState } from '@parley/client';
import { Suspense, useEffect, useRef } from 'react';
import { useSnapshot } from '../chat-context.ts';
import { BackToRooms } from '../components/back-to-rooms.tsx';
import { ColumnHeader } from '../components/column-header.tsx';
import { Icon } from '../components/icon.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { isFocusLost } from '../hooks/focus.ts';
import { isTouchScreen } from '../hooks/touch-screen.ts';
import { navigate } from '../hooks/use-route.ts';
import { ConversationMenu } from '../parts.ts';
import { Faces } from '../people/faces.tsx';
import { PersonTitle } from '../people/person-title.tsx';
import { RoomIcon } from '../rooms/room-icon.tsx';
import { listedRoom, useShownRoomName } from '../rooms/shown-room-name.ts';
import { type Panel, roomPath } from '../route.ts';
import { strings } from '../strings/strings.ts';
import classes from './conversation-header.module.css';

interface ConversationHeaderProps {
  readonly roomId: RoomId;
  readonly room: RoomState | undefined;
  /** Defined for a direct or group conversation. */
  readonly conversation: Conversation | undefined;
  /** Of the other person, in place of the presence. */
  readonly state: string | undefined;
  readonly panel: Panel | undefined;
  readonly onJumpToDate: () => void;
}

export function ConversationHeader(props: ConversationHeaderProps) {
  const { roomId, room, conversation, state, panel, onJumpToDate } = props;
  const name = useShownRoomName(roomId);
  const listed = useSnapshot(({ directory }) => listedRoom(directory, roomId));
  const { topic, memberTotal: total } = listed ?? {};
  const isPrivate = listed?.visibility === 'private';
  const members = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (panel === undefined) return;
    // When the panel closes, return the focus to the button that opened it.
    return () => {
      if (isFocusLost()) members.current?.focus();
    };
  }, [panel]);
  const isDirect = conversation?.kind === 'direct';
  const isGroup = conversation?.kind === 'group';
  const isClosed = room?.kind === 'closed';
  const title = name ?? (isClosed ? strings.rooms.closedTitle : strings.conversation.joining);
  return (
    <ColumnHeader>
      <BackToRooms />
      {isDirect ? (
        <PersonTitle
          username={conversation.person?.username ?? conversation.name}
          userId={conversation.person?.id}
          state={state}
        />
      ) : (
        <>
          <RoomIcon
            url={listed?.pictureUrl}
            side={28}
            sign={isGroup ? 'people' : isPrivate ? 'lock' : 'hash'}
          />
          <div className={classes['place']}>
            <h1 title={isPrivate ? strings.rooms.private : undefined}>{title}</h1>
            {topic && (
              <p className={classes['topic']} title={topic} dir="auto">
                {topic}
              </p>
            )}
          </div>
        </>
      )}
      {room?.kind === 'open' && !isDirect && (
        <button
          ref={members}
          type="button"
          className={classes['members']}
          aria-expanded={panel === 'members'}
          title={strings.members.open(total)}
          onClick={() => navigate(roomPath(roomId, panel === undefined ? 'members' : undefined))}
        >
          {isTouchScreen() ? <Icon name="people" /> : <Faces users={room.members.values()} />}
          <span className="visually-hidden">{strings.members.open(total)}</span>
          <span aria-hidden="true">{total}</span>
        </button>
      )}
      {room?.kind === 'open' && (
        <IconButton
          icon="pin"
          name={strings.pins.open}
          aria-expanded={panel === 'pins'}
          onClick={() => navigate(roomPath(roomId, panel === 'pins' ? undefined : 'pins'))}
        />
      )}
      {room?.kind === 'open' && (
        <Suspense>
          <ConversationMenu
            roomId={roomId}
            name={title}
            kind={conversation?.kind ?? 'room'}
            person={isDirect ? conversation.person : undefined}
            onJumpToDate={onJumpToDate}
          />
        </Suspense>
      )}
    </ColumnHeader>
  );
}
