/** The rooms and conversations with an unsent text or file. Loaded on the first use. */
import type { ClientSnapshot, RoomId } from '@parley/client';
import { useEffect, useRef } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { BackToRooms } from '../components/back-to-rooms.tsx';
import { ColumnHeader } from '../components/column-header.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { IconButton } from '../components/icon-button.tsx';
import { Link } from '../components/link.tsx';
import type { DraftKey } from '../drafts/draft-storage.ts';
import { filesKey } from '../drafts/drafts.ts';
import { readDraftFiles } from '../files/draft-file.ts';
import { personPath, roomPath } from '../route.ts';
import { draftStrings } from '../strings/drafts.ts';
import { strings } from '../strings/strings.ts';
import classes from './drafts-page.module.css';
import { shownRoomName } from './shown-room-name.ts';
import { useDrafts } from './use-drafts.ts';

export default function DraftsPage() {
  const { drafts } = useChat();
  const keys = useDrafts();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <>
      <ColumnHeader>
        <BackToRooms />
        <h1 ref={title} tabIndex={-1}>
          {strings.drafts.title}
        </h1>
      </ColumnHeader>
      {keys.length === 0 ? (
        <EmptyState title={strings.drafts.title} text={draftStrings.none} />
      ) : (
        <ul className={classes['list']} aria-label={strings.drafts.title}>
          {keys.map((key) => (
            <DraftRow
              key={key}
              draftKey={key}
              text={drafts.read(key)}
              files={readDraftFiles(drafts.read(filesKey(key))).map(({ name }) => name)}
              onDiscard={() => {
                title.current?.focus();
                drafts.write(key, '');
                drafts.write(filesKey(key), '');
              }}
            />
          ))}
        </ul>
      )}
    </>
  );
}

interface DraftRowProps {
  readonly draftKey: DraftKey;
  readonly text: string;
  /** Their names. */
  readonly files: readonly string[];
  readonly onDiscard: () => void;
}

function DraftRow({ draftKey, text, files, onDiscard }: DraftRowProps) {
  const name = useSnapshot((snapshot) => nameOf(snapshot, draftKey));
  return (
    <li className={classes['row']}>
      <Link to={pathOf(draftKey)} className={classes['link']}>
        <bdi className={classes['name']}>{name}</bdi>
        <span className={classes['text']} dir="auto">
          {[text, ...files].filter((part) => part.trim() !== '').join(' · ')}
        </span>
      </Link>
      <IconButton icon="trash" name={draftStrings.discard(name)} onClick={onDiscard} />
    </li>
  );
}

const PERSON = 'people/';

function pathOf(key: DraftKey): string {
  if (key.startsWith(PERSON)) return personPath(key.slice(PERSON.length));
  return roomPath(key as RoomId); // The list has no threads.
}

function nameOf(snapshot: ClientSnapshot, key: DraftKey): string {
  if (key.startsWith(PERSON)) return key.slice(PERSON.length);
  return shownRoomName(snapshot, key as RoomId) ?? draftStrings.unknown;
}
