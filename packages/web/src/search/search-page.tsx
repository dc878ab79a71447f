/** Searches the messages of all rooms that the user may read. Loaded on the first use. */
import { isComposing } from '@parley/client/react';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { BackToRooms } from '../components/back-to-rooms.tsx';
import { Button } from '../components/button.tsx';
import { ColumnHeader } from '../components/column-header.tsx';
import { Icon } from '../components/icon.tsx';
import { Link } from '../components/link.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { absoluteTime, recentTime } from '../format-time.ts';
import { plainKey } from '../hooks/plain-key.ts';
import { useNow } from '../hooks/use-now.ts';
import { useShownName } from '../people/use-shown-name.ts';
import { messagePath } from '../route.ts';
import { searchStrings as texts } from '../strings/search.ts';
import { FilterBar } from './filter-bar.tsx';
import { forgetSearches, recentSearches, rememberSearch } from './recent-searches.ts';
import { SEARCH_LENGTH_MAX } from './search-address.ts';
import { excludedIn } from './search-filters.ts';
import classes from './search-page.module.css';
import { snippetOf } from './snippet.ts';
import { type FoundMessage, useFoundMessages } from './use-found-messages.ts';
import { useSearch } from './use-search.ts';

/** Refresh interval of relative times. */
const CLOCK_MS = 60_000;
const PAGE = 20;

export default function SearchPage({ query }: { readonly query: string }) {
  const { user } = useChat();
  const [recent, setRecent] = useState(() => recentSearches(user.id));
  const [search, change] = useSearch(query);
  const {
    results,
    answered,
    status,
    problem,
    isOffline,
    total,
    hasMore,
    isIncomplete,
    unknown,
    loadMore,
  } = useFoundMessages(search, PAGE);
  const excluded = excludedIn(search.text);
  const box = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const helpId = useId();
  useEffect(() => box.current?.focus(), []);
  /** The arrow keys step through the box and the results. */
  const onKeyDown = (event: KeyboardEvent): void => {
    const key = plainKey(event);
    if (isComposing(event.nativeEvent) || (key !== 'ArrowDown' && key !== 'ArrowUp')) return;
    const stops = [box.current, ...(list.current?.querySelectorAll('a') ?? [])];
    const at = stops.indexOf(document.activeElement as HTMLInputElement | null);
    const next = stops[at + (key === 'ArrowDown' ? 1 : -1)];
    if (at < 0 || !next) return;
    event.preventDefault();
    next.focus();
  };
  const write = (text: string): void => {
    change({ text });
    box.current?.focus();
  };
  const isEmpty = answered !== undefined && results.length === 0 && !hasMore;
  return (
    <>
      <ColumnHeader>
        <BackToRooms />
        <h1>{texts.title}</h1>
      </ColumnHeader>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys of the box and the links in it */}
      <div className={classes['page']} onKeyDown={onKeyDown}>
        <search className={classes['line']}>
          <Icon name="search" />
          <input
            ref={box}
            className={classes['input']}
            type="search"
            aria-label={texts.label}
            aria-describedby={search.text.trim() === '' ? helpId : undefined}
            placeholder={texts.hint}
            autoComplete="off"
            maxLength={SEARCH_LENGTH_MAX}
            value={search.text}
            onChange={(event) => change({ text: event.target.value })}
          />
          <fieldset className={classes['order']}>
            <legend className="visually-hidden">{texts.order}</legend>
            {(['relevance', 'newest'] as const).map((sort) => (
              <Button
                key={sort}
                kind="quiet"
                aria-pressed={search.sort === sort}
                onClick={() => change({ sort })}
              >
                {texts[sort]}
              </Button>
            ))}
          </fieldset>
        </search>
        <FilterBar text={search.text} onText={write} />
        {search.text.trim() === '' && (
          <>
            <p id={helpId} className={classes['note']}>
              {texts.help}
            </p>
            {recent.length > 0 && (
              <section className={classes['recent']} aria-label={texts.recent}>
                <h2>{texts.recent}</h2>
                <ul>
                  {recent.map((text) => (
                    <li key={text}>
                      <Button kind="quiet" onClick={() => write(text)}>
                        <Icon name="clock" />
                        <bdi>{text}</bdi>
                      </Button>
                    </li>
                  ))}
                </ul>
                <Button
                  kind="quiet"
                  onClick={() => {
                    forgetSearches(user.id);
                    setRecent([]);
                    box.current?.focus();
                  }}
                >
                  {texts.forget}
                </Button>
              </section>
            )}
          </>
        )}
        {isOffline && (
          <p className={classes['note']} role="status">
            {texts.offline}
          </p>
        )}
        {problem !== undefined && (
          <p className={classes['note']} role="alert">
            {problem}
          </p>
        )}
        {status === 'loading' && results.length === 0 && (
          <Skeleton name={texts.loading} shape="messages" />
        )}
        {excluded.length > 0 && <p className={classes['note']}>{texts.without(excluded)}</p>}
        {isIncomplete && (
          <p className={classes['note']} role="status">
            {texts.incomplete}
          </p>
        )}
        {unknown.length > 0 && (
          <p className={classes['note']} role="status">
            {texts.unknown(unknown)}
          </p>
        )}
        {isEmpty && (
          <p className={classes['note']} role="status">
            {texts.none}
          </p>
        )}
        {total !== undefined && total > 0 && problem === undefined && (
          <p className={classes['note']} role="status">
            {texts.total(total)}
          </p>
        )}
        {results.length > 0 && problem === undefined && (
          // biome-ignore lint/a11y/useKeyWithClickEvents: Enter on a link is a click
          <ul
            ref={list}
            className={classes['list']}
            aria-label={texts.results}
            onClick={() => rememberSearch(user.id, search.text)}
          >
            {results.map((result) => (
              <Result key={result.message.id} result={result} />
            ))}
          </ul>
        )}
        {hasMore && (
          <p className={classes['note']}>
            <Button onClick={loadMore}>{texts.older}</Button>
          </p>
        )}
      </div>
    </>
  );
}

function Result({ result }: { readonly result: FoundMessage }) {
  const { message, room } = result;
  const nowMs = useNow(CLOCK_MS);
  const sentAtMs = Date.parse(message.timestamp);
  const name = useShownName(message.userId, message.sender);
  return (
    <li>
      <Link to={messagePath(room.id, message.sequence)} className={classes['result']}>
        <span className={classes['head']}>
          <bdi className={classes['name']}>{name}</bdi> <bdi>{room.name}</bdi>
          <time dateTime={message.timestamp} title={absoluteTime(sentAtMs)}>
            {recentTime(sentAtMs, nowMs)}
          </time>
        </span>
        <Snippet content={message.content} highlights={result.highlights} />
        {result.inFiles?.map(({ text, highlights }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: files may have the same name
          <Snippet key={index} content={text} highlights={highlights} />
        ))}
      </Link>
    </li>
  );
}

function Snippet({
  content,
  highlights,
}: Pick<FoundMessage, 'highlights'> & { readonly content: string }) {
  return (
    <span className={classes['text']} dir="auto">
      {snippetOf({ message: { content }, highlights }).map(({ text, isFound }, index) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text
        isFound ? <mark key={index}>{text}</mark> : text,
      )}
    </span>
  );
}
