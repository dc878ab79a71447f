/** Chooses several people: a search box, the people found, and those that are chosen. */

import type { UserPayload } from '@parley/client';
import { isComposing } from '@parley/client/react';
import { useRef, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { IconButton } from '../components/icon-button.tsx';
import { TextField } from '../components/text-field.tsx';
import { useTypedAhead } from '../components/typed-ahead.tsx';
import { groupStrings } from '../strings/group.ts';
import { peopleStrings } from '../strings/people.ts';
import { Avatar } from './avatar.tsx';
import { fullName } from './full-name.ts';
import classes from './people-picker.module.css';
import { useFoundPeople } from './use-found-people.ts';

interface PeoplePickerProps {
  readonly chosen: readonly UserPayload[];
  readonly onChange: (chosen: readonly UserPayload[]) => void;
  /** It is the first field of what was opened. */
  readonly isFirst?: boolean;
}

const FOUND_MAX = 5;

export function PeoplePicker({ chosen, onChange, isFirst = true }: PeoplePickerProps) {
  const { user } = useChat();
  const [query, setQuery] = useState('');
  const isChosen = ({ id }: UserPayload): boolean => chosen.some((each) => each.id === id);
  const { people, hasFailed } = useFoundPeople(query);
  const found = people
    .filter((person) => person.id !== user.id && !isChosen(person))
    .slice(0, FOUND_MAX);
  const search = useRef<HTMLInputElement>(null);
  useTypedAhead(setQuery);
  // The button is about to be removed: move the focus first.
  const change = (next: readonly UserPayload[]): void => {
    search.current?.focus();
    onChange(next);
  };
  const choose = (person: UserPayload): void => {
    change([...chosen, person]);
    setQuery('');
  };
  return (
    <div className={classes['picker']}>
      <TextField
        label={groupStrings.find}
        value={query}
        type="search"
        autoComplete="off"
        autoFocus={isFirst}
        ref={search}
        onChange={({ target }) => setQuery(target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || isComposing(event.nativeEvent)) return;
          // It would submit the form around, without the person who is being searched.
          event.preventDefault();
          const [first] = found;
          if (first !== undefined) choose(first);
        }}
      />
      <ul className={classes['found']} aria-label={groupStrings.found}>
        {found.map((person) => (
          <li key={person.id}>
            <button type="button" className={classes['person']} onClick={() => choose(person)}>
              <Avatar userId={person.id} name={nameOf(person)} size="medium" />
              <span className="visually-hidden">{groupStrings.add}</span>
              <bdi>{nameOf(person)}</bdi>
              <small className={classes['username']}>@{person.username}</small>
            </button>
          </li>
        ))}
      </ul>
      {hasFailed && <p role="alert">{peopleStrings.notSearched}</p>}
      {chosen.length > 0 && (
        <ul className={classes['chosen']} aria-label={groupStrings.chosen}>
          {chosen.map((person) => (
            <li key={person.id} className={classes['chip']}>
              <bdi>{fullName(person, person.username)}</bdi>
              <IconButton
                icon="close"
                name={groupStrings.unchoose(fullName(person, person.username))}
                onClick={() => change(chosen.filter(({ id }) => id !== person.id))}
              />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function nameOf({ username, displayName = username }: UserPayload): string {
  return displayName;
}
