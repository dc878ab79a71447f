/** Emoji by group, with a search box and skin tones. Loaded on the first use. */

import { type KeyboardEvent, useId, useMemo, useRef, useState } from 'react';
import { useTypedAhead } from '../components/typed-ahead.tsx';
import { findCustomEmoji, useCustomEmoji } from '../emoji/custom-emoji-list.ts';
import { EmojiView } from '../emoji/emoji-view.tsx';
import { recentEmoji } from '../emoji/recent-emoji.ts';
import { plainKey } from '../hooks/plain-key.ts';
import { emojiStrings } from '../strings/emoji.ts';
import { type EmojiEntry, findEmoji, GROUPS, SKIN_TONES, withTone } from './emoji-data.ts';
import classes from './emoji-picker.module.css';
import { readSkinTone, storeSkinTone } from './skin-tone.ts';

interface EmojiPickerProps {
  readonly onSelect: (emoji: string) => void;
}

const RECENT_COUNT = 16;
const COLUMNS = 8;

export default function EmojiPicker({ onSelect }: EmojiPickerProps) {
  const [query, setQuery] = useState('');
  const [tone, setTone] = useState(readSkinTone);
  const custom = useCustomEmoji();
  const found = useMemo(
    () =>
      query.trim() === ''
        ? []
        : [...entriesOf(findCustomEmoji(custom, query)), ...findEmoji(query)],
    [custom, query],
  );
  const id = useId();
  const search = useRef<HTMLInputElement>(null);
  useTypedAhead(setQuery, search);
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.key === 'Enter' && event.target instanceof HTMLInputElement) {
      const [first] = found;
      if (first === undefined) return;
      event.preventDefault();
      onSelect(withTone(first, tone));
      return;
    }
    moveInGrid(event);
  };
  const grid = (entries: readonly EmojiEntry[]) => (
    <div className={classes['grid']}>
      {entries.map((entry) => (
        <button
          key={entry.emoji}
          type="button"
          className={classes['emoji']}
          aria-label={entry.name}
          title={entry.name}
          tabIndex={-1}
          onClick={() => onSelect(withTone(entry, tone))}
        >
          <EmojiView emoji={withTone(entry, tone)} />
        </button>
      ))}
    </div>
  );
  return (
    <div
      className={classes['picker']}
      role="dialog"
      aria-label={emojiStrings.title}
      onKeyDown={onKeyDown}
    >
      <div className={classes['tools']}>
        <input
          className={classes['search']}
          ref={search}
          data-autofocus=""
          type="search"
          aria-label={emojiStrings.search}
          placeholder={emojiStrings.search}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
        <select
          className={classes['tone']}
          aria-label={emojiStrings.skinTone}
          value={tone}
          onChange={(event) => {
            const next = Number(event.target.value);
            setTone(next);
            storeSkinTone(next);
          }}
        >
          {SKIN_TONES.map(({ value, sample, name }) => (
            <option key={value} value={value} aria-label={name}>
              {sample}
            </option>
          ))}
        </select>
      </div>
      <div className={classes['scroll']}>
        {query.trim() === '' ? (
          <>
            <section aria-labelledby={`${id}-recent`}>
              <h2 id={`${id}-recent`} className={classes['title']}>
                {emojiStrings.recent}
              </h2>
              {grid(entriesOf(recentEmoji(RECENT_COUNT)))}
            </section>
            {custom.size > 0 && (
              <section className={classes['group']} aria-label={emojiStrings.custom}>
                <h2 className={classes['title']}>{emojiStrings.custom}</h2>
                {grid(entriesOf(findCustomEmoji(custom, '')))}
              </section>
            )}
            {GROUPS.map(({ name, entries }) => (
              <section key={name} className={classes['group']} aria-label={name}>
                <h2 className={classes['title']}>{name}</h2>
                {grid(entries)}
              </section>
            ))}
          </>
        ) : (
          <>
            {grid(found)}
            {found.length === 0 && <p className={classes['none']}>{emojiStrings.none}</p>}
          </>
        )}
      </div>
    </div>
  );
}

const entriesOf = (emoji: readonly string[]): readonly EmojiEntry[] =>
  emoji.map((each) => ({ emoji: each, name: each, tones: [] }));

/** The arrow keys move in the grid; Down leaves the search box. */
function moveInGrid(event: KeyboardEvent<HTMLElement>): void {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: COLUMNS,
    ArrowUp: -COLUMNS,
    ArrowLeft: -1,
    ArrowRight: 1,
  };
  const key = plainKey(event);
  const step = key === undefined ? undefined : steps[key];
  if (step === undefined) return;
  const buttons = [...event.currentTarget.querySelectorAll('button')];
  const at = buttons.indexOf(event.target as HTMLButtonElement);
  const isInBox = at < 0;
  if (isInBox && key !== 'ArrowDown') return;
  event.preventDefault();
  event.stopPropagation();
  const next = isInBox ? 0 : at + step;
  if (next >= 0) buttons[next]?.focus();
  else event.currentTarget.querySelector('input')?.focus();
}
