/** The page that finds, joins and creates rooms. On a wide screen it is also the home page. */
import { useEffect, useRef, useState } from 'react';
import { useSnapshot } from '../chat-context.ts';
import { BackToRooms } from '../components/back-to-rooms.tsx';
import { Button } from '../components/button.tsx';
import { ColumnHeader } from '../components/column-header.tsx';
import { Icon } from '../components/icon.tsx';
import { isFocusLost } from '../hooks/focus.ts';
import { isTouchScreen } from '../hooks/touch-screen.ts';
import { browseStrings } from '../strings/browse.ts';
import { newRoomStrings } from '../strings/new-room.ts';
import classes from './browse-page.module.css';
import { NewRoomDialog } from './new-room-dialog.tsx';
import { focusRoomName, RoomForm } from './room-form.tsx';
import { RoomList } from './room-list.tsx';
import { useRoomFinder } from './use-room-finder.ts';

interface BrowsePageProps {
  /** Beside the first column: it must not take the focus from what the user is using. */
  readonly isHome: boolean;
}

export default function BrowsePage({ isHome }: BrowsePageProps) {
  const directory = useSnapshot((snapshot) => snapshot.directory);
  const finder = useRoomFinder();
  const [isCreating, setIsCreating] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (isHome && !isFocusLost()) return;
    // On a touch screen the keyboard would cover the rooms.
    if (isTouchScreen()) title.current?.focus();
    else focusRoomName();
  }, [isHome]);
  return (
    <>
      <ColumnHeader>
        <BackToRooms />
        <h1 ref={title} tabIndex={-1}>
          {browseStrings.browseTitle}
        </h1>
      </ColumnHeader>
      <div className={classes['scroll']}>
        <div className={classes['body']}>
          <p className={classes['text']}>{browseStrings.browseText}</p>
          <RoomForm finder={finder} />
          <Button className={classes['new']} onClick={() => setIsCreating(true)}>
            <Icon name="join" />
            {newRoomStrings.open}
          </Button>
          <RoomList directory={directory} finder={finder} />
        </div>
      </div>
      {isCreating && <NewRoomDialog name={finder.name} onClose={() => setIsCreating(false)} />}
    </>
  );
}
