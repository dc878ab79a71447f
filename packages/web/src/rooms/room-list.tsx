/**
 * The rooms, as links; what is open on this page stands first. While one writes in the
 * box above, they are its choices. Behind them stands the room that would be new.
 */
import type { RoomDirectory } from '@parley/client';
import { type AriaAttributes, type AriaRole, useEffect } from 'react';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { IsolatedNames } from '../components/isolated-names.tsx';
import { Link } from '../components/link.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { usePageVisible } from '../hooks/use-page-visible.ts';
import { type Route, roomPath } from '../route.ts';
import { texts } from '../texts.ts';
import { choiceId, ROOM_LIST_ID } from './room-choices.ts';
import classes from './room-list.module.css';
import { RoomName } from './room-name.tsx';
import type { RoomFinder } from './use-room-finder.ts';

export interface RoomListProps {
  readonly directory: RoomDirectory;
  readonly finder: RoomFinder;
  readonly route: Route;
}

export function RoomList({ directory, finder, route }: RoomListProps) {
  const { choices, found, marked } = finder;
  const current = route.kind === 'room' ? route.roomId : undefined;
  const panel = route.kind === 'room' ? route.panel : undefined;
  // Of what is being looked at the conversation itself tells what is new.
  const watched = usePageVisible() ? current : undefined;
  useEffect(() => {
    if (marked === undefined) return;
    document.getElementById(choiceId(marked))?.scrollIntoView({ block: 'nearest' });
  }, [marked]);
  if (directory.status === 'loading' && choices.length === 0) {
    return <Skeleton name={texts.rooms.loading} shape="rooms" />;
  }
  const isListbox = marked !== undefined;
  const isWhole = directory.status === 'ready' && !directory.hasMore && found.hiddenCount === 0;
  return (
    <div className={classes['scroll']}>
      <ul
        id={ROOM_LIST_ID}
        className={classes['list']}
        role={isListbox ? 'listbox' : undefined}
        aria-label={texts.rooms.title}
      >
        {choices.map((choice, index) => (
          <li
            key={choice.key}
            className={classes['item']}
            role={isListbox ? 'none' : undefined}
            data-open={choice.kind === 'room' && choice.row.isOpen}
          >
            {choice.kind === 'room' ? (
              <Link
                {...optionProps(index, marked)}
                to={roomPath(choice.row.id, panel)}
                className={classes['row']}
                onFollow={() => finder.write('')}
                aria-current={choice.row.id === current ? 'page' : undefined}
              >
                <RoomName row={choice.row} isWatched={choice.row.id === watched} />
              </Link>
            ) : (
              <button
                {...optionProps(index, marked)}
                type="button"
                className={classes['row']}
                onClick={finder.takeName}
              >
                <Icon name="join" />
                <span className={classes['name']}>
                  <IsolatedNames
                    text={texts.rooms[isWhole ? 'create' : 'openOrCreate'](choice.name)}
                    names={[choice.name]}
                  />
                </span>
              </button>
            )}
          </li>
        ))}
      </ul>
      <RoomListNote
        directory={directory}
        isEmpty={choices.length === 0}
        hiddenCount={found.hiddenCount}
      />
    </div>
  );
}

/** What makes a link or a button a choice of the box, while the list belongs to that. */
function optionProps(
  index: number,
  marked: number | undefined,
): AriaAttributes & { readonly id?: string; readonly role?: AriaRole } {
  if (marked === undefined) return {};
  return { id: choiceId(index), role: 'option', 'aria-selected': index === marked };
}

interface RoomListNoteProps {
  readonly directory: RoomDirectory;
  readonly isEmpty: boolean;
  readonly hiddenCount: number;
}

function RoomListNote({ directory, isEmpty, hiddenCount }: RoomListNoteProps) {
  const { client } = useChat();
  if (directory.status === 'failed') {
    return (
      <p className={classes['note']}>
        {texts.rooms.failed}
        <Button kind="quiet" onClick={() => client.refreshRooms()}>
          {texts.tryAgain}
        </Button>
      </p>
    );
  }
  const text =
    (hiddenCount > 0 && texts.rooms.more(hiddenCount)) ||
    (directory.hasMore && texts.rooms.moreUnlisted) ||
    (isEmpty && texts.rooms.none);
  return text === false ? null : <p className={classes['note']}>{text}</p>;
}
