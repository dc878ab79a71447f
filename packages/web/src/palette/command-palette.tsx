/** Finds rooms, people, messages and commands from anywhere. Loaded on the first use. */
import { isComposing } from '@parley/client/react';
import { type KeyboardEvent, useEffect, useId, useMemo, useState } from 'react';
import { Icon } from '../components/icon.tsx';
import { Modal } from '../components/modal.tsx';
import box from '../components/typed-ahead.module.css';
import { useTypedAhead } from '../components/typed-ahead.tsx';
import { plainKey } from '../hooks/plain-key.ts';
import { isTouchScreen } from '../hooks/touch-screen.ts';
import { navigate } from '../hooks/use-route.ts';
import { useFoundPeople } from '../people/use-found-people.ts';
import { usePeopleRows } from '../rooms/people-list.tsx';
import { stepIndex } from '../rooms/room-suggestions.ts';
import { useNameFilter } from '../rooms/use-name-filter.ts';
import { useRoomRows } from '../rooms/use-room-rows.ts';
import { searchPath } from '../search/search-address.ts';
import { useFoundMessages } from '../search/use-found-messages.ts';
import { paletteStrings } from '../strings/palette.ts';
import { peopleStrings } from '../strings/people.ts';
import { strings } from '../strings/strings.ts';
import classes from './command-palette.module.css';
import {
  messageItems,
  type PaletteCommand,
  type PaletteItem,
  paletteItems,
} from './palette-items.ts';

interface CommandPaletteProps {
  /** Only people, to write to. */
  readonly isForPeople?: boolean;
  readonly onClose: () => void;
  readonly onCommand: (command: PaletteCommand) => void;
}

/** Messages that are listed, and the length of a text that is searched in them. */
const MESSAGES_MAX = 5;
const SEARCHED_LENGTH_MIN = 2;

export default function CommandPalette(props: CommandPaletteProps) {
  const { isForPeople = false, onClose, onCommand } = props;
  const [query, setQuery] = useState('');
  const [markedKey, setMarkedKey] = useState<string>();
  const filter = useNameFilter(query);
  const { rows: rooms } = useRoomRows(filter);
  const people = usePeopleRows(filter);
  const { people: found, hasFailed } = useFoundPeople(query);
  const searched = query.trim().length < SEARCHED_LENGTH_MIN || isForPeople ? '' : query;
  const { results, answered } = useFoundMessages({ text: searched, sort: 'newest' }, MESSAGES_MAX);
  const id = useId();
  const items = useMemo(() => {
    const hasKeyboard = !isTouchScreen();
    const named = paletteItems({ query, rooms, people, found, isForPeople, hasKeyboard });
    // Messages of another text are not those of this one.
    const messages = answered === query.trim() ? results : [];
    return [...named, ...messageItems(query, messages)];
  }, [query, rooms, people, found, isForPeople, answered, results]);
  // The first item, until the user marks one: then also if others arrive before it.
  const marked = Math.max(
    0,
    items.findIndex(({ key }) => key === markedKey),
  );
  const mark = (index: number): void => setMarkedKey(items[index]?.key);
  const choose = (item: PaletteItem | undefined): void => {
    if (item === undefined) return;
    onClose();
    if (item.target.kind === 'search') {
      navigate(searchPath({ text: query.trim(), sort: 'relevance' }));
    } else if (item.target.kind === 'path') navigate(item.target.path);
    else onCommand(item.target.command);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (isComposing(event.nativeEvent)) return;
    const key = plainKey(event);
    if (key === 'Enter') choose(items[marked]);
    else if (key === 'ArrowDown') mark(stepIndex(items.length, marked, 1));
    else if (key === 'ArrowUp') mark(stepIndex(items.length, marked, -1));
    else return;
    event.preventDefault();
  };
  useTypedAhead(setQuery);
  const texts = isForPeople ? paletteStrings.people : paletteStrings;
  useEffect(() => {
    document.getElementById(`${id}-${marked}`)?.scrollIntoView({ block: 'nearest' });
  }, [id, marked]);
  return (
    <Modal label={texts.title} isHigh={true} onClose={onClose}>
      <div className={box['line']}>
        <Icon name="search" />
        <input
          className={box['input']}
          role="combobox"
          aria-label={texts.label}
          aria-autocomplete="list"
          aria-expanded={true}
          aria-controls={id}
          aria-activedescendant={items.length === 0 ? undefined : `${id}-${marked}`}
          placeholder={isForPeople ? texts.label : strings.palette.open}
          autoComplete="off"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setMarkedKey(undefined);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div id={id} className={classes['list']} role="listbox" aria-label={texts.title}>
        {items.map((item, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the box above
          <div
            key={item.key}
            id={`${id}-${index}`}
            className={classes['item']}
            role="option"
            tabIndex={-1}
            aria-selected={index === marked}
            onClick={() => choose(item)}
          >
            <Icon name={item.icon} />
            <bdi className={classes['label']}>{item.label}</bdi>
            <span className={classes['note']}>{item.note}</span>
          </div>
        ))}
      </div>
      {hasFailed ? (
        <p className={classes['none']} role="alert">
          {peopleStrings.notSearched}
        </p>
      ) : (
        items.length === 0 && <p className={classes['none']}>{paletteStrings.none}</p>
      )}
    </Modal>
  );
}
