/**
 * The rooms of the browse page as links. While the room box contains text, they are its
 * choices, and the last choice creates a room.
 */
import type { ListedRooms } from '@parley/client';
import { type AriaAttributes, type AriaRole, useEffect, useId } from 'react';
import { useChat } from '../chat-context.ts';
import { BidiIsolate } from '../components/bidi-isolate.tsx';
import { Button } from '../components/button.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { Icon } from '../components/icon.tsx';
import { Link } from '../components/link.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { roomPath } from '../route.ts';
import { browseStrings } from '../strings/browse.ts';
import { strings } from '../strings/strings.ts';
import { RoomCard } from './room-card.tsx';
import classes from './room-list.module.css';
import { choiceId, ROOM_LIST_ID, type RoomChoice } from './room-suggestions.ts';
import type { RoomFinder } from './use-room-finder.ts';

interface RoomListProps {
  readonly directory: ListedRooms;
  readonly finder: RoomFinder;
}

export function RoomList({ directory, finder }: RoomListProps) {
  const { choices, found, marked } = finder;
  const titleId = useId();
  useEffect(() => {
    if (marked === undefined) return;
    document.getElementById(choiceId(marked))?.scrollIntoView({ block: 'nearest' });
  }, [marked]);
  if (directory.status === 'loading' && choices.length === 0) {
    return <Skeleton name={strings.rooms.loading} shape="rooms" />;
  }
  const isListbox = marked !== undefined;
  const isWhole = directory.status === 'ready' && !directory.hasMore && found.hiddenCount === 0;
  // The index of a choice counts over all groups.
  const indexed = choices.map((choice, index) => ({ choice, index }));
  const joined = { key: 'joined', name: browseStrings.yours, items: indexed.filter(isJoined) };
  const others = { key: 'others', name: browseStrings.others, items: indexed.filter(isOther) };
  // In the order of the choices.
  const groups = [
    ...(choices[0] !== undefined && isOther({ choice: choices[0] })
      ? [others, joined]
      : [joined, others]),
    { key: 'new', name: undefined, items: indexed.filter(isNew) },
  ].filter(({ items }) => items.length > 0);
  return (
    <>
      <div
        id={ROOM_LIST_ID}
        {...(isListbox && { role: 'listbox', 'aria-label': strings.rooms.title })}
      >
        {groups.map(({ key, name, items }) => (
          <section
            key={key}
            className={classes['group']}
            role={isListbox ? 'presentation' : undefined}
          >
            {name !== undefined && (
              <h2
                id={`${titleId}-${key}`}
                className={classes['title']}
                role={isListbox ? 'presentation' : undefined}
              >
                {name}
              </h2>
            )}
            <ul
              className={`${classes['list']} ${classes['cards']}`}
              role={isListbox ? 'group' : undefined}
              aria-labelledby={name === undefined ? undefined : `${titleId}-${key}`}
            >
              {items.map(({ choice, index }) => (
                <li
                  key={choice.key}
                  className={classes['item']}
                  role={isListbox ? 'none' : undefined}
                >
                  <RoomListItem choice={choice} index={index} finder={finder} isWhole={isWhole} />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
      <RoomListNote
        directory={directory}
        isEmpty={choices.length === 0}
        hasJoinedAll={finder.name === '' && choices.length > 0 && others.items.length === 0}
        hiddenCount={found.hiddenCount}
      />
    </>
  );
}

interface IndexedChoice {
  readonly choice: RoomChoice;
}

function isJoined({ choice }: IndexedChoice): boolean {
  return choice.kind === 'room' && choice.row.isJoined;
}

function isOther({ choice }: IndexedChoice): boolean {
  return choice.kind === 'room' && !choice.row.isJoined;
}

function isNew({ choice }: IndexedChoice): boolean {
  return choice.kind === 'create';
}

interface RoomListItemProps {
  readonly choice: RoomChoice;
  readonly index: number;
  readonly finder: RoomFinder;
  /** All rooms are listed, so a name that is not in the list is new. */
  readonly isWhole: boolean;
}

function RoomListItem({ choice, index, finder, isWhole }: RoomListItemProps) {
  if (choice.kind === 'room') {
    const { row } = choice;
    return (
      <Link
        {...optionProps(index, finder.marked)}
        to={roomPath(row.id)}
        className={`${classes['row']} ${classes['card']}`}
        onFollow={() => finder.write('')}
      >
        <RoomCard row={row} />
      </Link>
    );
  }
  return (
    <button
      {...optionProps(index, finder.marked)}
      type="button"
      className={`${classes['row']} ${classes['card']}`}
      onClick={finder.takeName}
    >
      <Icon name="join" />
      <span className={classes['name']}>
        <BidiIsolate
          text={browseStrings[isWhole ? 'create' : 'openOrCreate'](choice.name)}
          names={[choice.name]}
        />
      </span>
    </button>
  );
}

/** ARIA attributes of a link or button that is a choice of the room box. */
function optionProps(
  index: number,
  marked: number | undefined,
): AriaAttributes & { readonly id?: string; readonly role?: AriaRole } {
  if (marked === undefined) return {};
  return { id: choiceId(index), role: 'option', 'aria-selected': index === marked };
}

interface RoomListNoteProps {
  readonly directory: ListedRooms;
  readonly isEmpty: boolean;
  /** There are rooms, and the user is a member of each. */
  readonly hasJoinedAll: boolean;
  readonly hiddenCount: number;
}

function RoomListNote(props: RoomListNoteProps) {
  const { directory, isEmpty, hasJoinedAll, hiddenCount } = props;
  const { client } = useChat();
  if (directory.status === 'failed') {
    return (
      <p className={classes['note']}>
        {strings.rooms.failed}
        <Button kind="quiet" onClick={() => client.refreshRooms()}>
          {strings.tryAgain}
        </Button>
      </p>
    );
  }
  if (isEmpty && !directory.hasMore) {
    return <EmptyState title={browseStrings.noneTitle} text={browseStrings.none} />;
  }
  const text =
    (hiddenCount > 0 && browseStrings.more(hiddenCount)) ||
    (directory.hasMore && browseStrings.moreUnlisted) ||
    (hasJoinedAll && browseStrings.joinedAll);
  return text === false ? null : <p className={classes['note']}>{text}</p>;
}
