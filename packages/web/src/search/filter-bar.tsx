/** Filters of a search: those in its text, each with a button that removes it, and others to add. */
import { Icon } from '../components/icon.tsx';
import { fullName } from '../people/full-name.ts';
import { useFoundPeople } from '../people/use-found-people.ts';
import { useRoomRows } from '../rooms/use-room-rows.ts';
import { searchStrings as texts } from '../strings/search.ts';
import classes from './filter-bar.module.css';
import {
  filtersOf,
  type SearchFilter,
  textOf,
  typedPerson,
  withFilter,
  withoutFilter,
  withPerson,
} from './search-filters.ts';

interface FilterBarProps {
  readonly text: string;
  readonly onText: (text: string) => void;
}

const TOGGLES: readonly SearchFilter[] = [
  { name: 'from', value: 'me' },
  { name: 'has', value: 'link' },
  { name: 'has', value: 'file' },
  { name: 'has', value: 'code' },
];

const PEOPLE_MAX = 5;

export function FilterBar({ text, onText }: FilterBarProps) {
  const { rows } = useRoomRows();
  const { people } = useFoundPeople(typedPerson(text) ?? '');
  const filters = filtersOf(text);
  const add = (filter: SearchFilter): void => onText(withFilter(text, filter));
  const others = TOGGLES.filter(
    (toggle) => !filters.some(({ name, value }) => name === toggle.name && value === toggle.value),
  );
  return (
    <fieldset className={classes['bar']}>
      <legend className="visually-hidden">{texts.filters}</legend>
      {filters.map((filter) => (
        <button
          key={textOf(filter)}
          type="button"
          className={classes['active']}
          aria-label={texts.removeFilter(textOf(filter))}
          onClick={() => onText(withoutFilter(text, filter))}
        >
          <bdi>{textOf(filter)}</bdi>
          <Icon name="close" />
        </button>
      ))}
      {people.slice(0, PEOPLE_MAX).map((person) => (
        <button
          key={person.id}
          type="button"
          className={classes['chip']}
          onClick={() => onText(withPerson(text, person.username))}
        >
          <bdi>{texts.fromPerson(fullName(person, person.username))}</bdi>
        </button>
      ))}
      {others.map((filter) => (
        <button
          key={textOf(filter)}
          type="button"
          className={classes['chip']}
          onClick={() => add(filter)}
        >
          {filter.name === 'from' ? texts.fromMe : texts.has[filter.value as 'link']}
        </button>
      ))}
      <select
        className={classes['chip']}
        aria-label={texts.inRoom}
        value=""
        onChange={({ target }) => add({ name: 'in', value: target.value })}
      >
        <option value="">{texts.inRoom}</option>
        {rows
          .filter(({ isJoined }) => isJoined)
          .map(({ id, name }) => (
            <option key={id} value={name}>
              {name}
            </option>
          ))}
      </select>
      {(['after', 'before'] as const).map((name) => (
        <label key={name} className={classes['chip']}>
          {texts[name]}
          <input
            type="date"
            value={filters.find((filter) => filter.name === name)?.value ?? ''}
            onChange={({ target }) => {
              const others = filters
                .filter((filter) => filter.name === name)
                .reduce(withoutFilter, text);
              onText(
                target.value === '' ? others : withFilter(others, { name, value: target.value }),
              );
            }}
          />
        </label>
      ))}
    </fieldset>
  );
}
