/** The head of a conversation: where one is, who is there, the way back and out. */
import type { RoomDirectory, RoomId, RoomState } from '@parley/client';
import { useEffect, useRef } from 'react';
import { ColumnHeader } from '../chat/column-header.tsx';
import { Icon } from '../components/icon.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { useChat, useSnapshot } from '../hooks/chat-context.ts';
import { isFocusLost } from '../hooks/focus.ts';
import { navigate } from '../hooks/use-route.ts';
import { HOME_PATH, type Panel, roomPath } from '../route.ts';
import { texts } from '../texts.ts';
import classes from './conversation-header.module.css';

export interface ConversationHeaderProps {
  readonly roomId: RoomId;
  readonly room: RoomState | undefined;
  readonly panel: Panel | undefined;
}

export function ConversationHeader({ roomId, room, panel }: ConversationHeaderProps) {
  const { client } = useChat();
  const listedName = useSnapshot(({ directory }) => nameIn(directory, roomId));
  const members = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (panel === undefined) return;
    // The panel closes: back to what opened it.
    return () => {
      if (isFocusLost()) members.current?.focus();
    };
  }, [panel]);
  const leave = (): void => {
    // First away, then out: a room that the address names would be opened again.
    navigate(HOME_PATH);
    client.leaveRoom(roomId);
  };
  return (
    <ColumnHeader>
      <IconButton
        icon="back"
        name={texts.rooms.back}
        className={classes['back']}
        onClick={() => navigate(HOME_PATH)}
      />
      <h1>{titleOf(room, listedName)}</h1>
      {room?.kind === 'open' && (
        <>
          <button
            ref={members}
            type="button"
            className={classes['members']}
            aria-expanded={panel === 'members'}
            aria-label={texts.members.open(room.memberCount)}
            title={texts.members.title}
            onClick={() => navigate(roomPath(roomId, panel === undefined ? 'members' : undefined))}
          >
            <Icon name="people" />
            {room.memberCount}
          </button>
          <IconButton icon="leave" name={texts.rooms.leave} onClick={leave} />
        </>
      )}
    </ColumnHeader>
  );
}

function titleOf(room: RoomState | undefined, listedName: string | undefined): string {
  if (room === undefined || room.kind === 'joining')
    return listedName ?? texts.conversation.joining;
  return room.name ?? listedName ?? texts.rooms.closedTitle;
}

function nameIn({ rooms }: RoomDirectory, roomId: RoomId): string | undefined {
  return rooms.find(({ id }) => id === roomId)?.name;
}
