/** The formatted text of a message: its small Markdown subset as elements. Nothing is ever inserted as HTML. */
import {
  type Block,
  type Inline,
  type ListItem,
  parseFormattedText,
  showBidiControls,
  type TableRow,
} from '@parley/client';
import { type CSSProperties, Fragment, type ReactNode, Suspense, useMemo, useState } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { conversationPart, lazyUntilLoaded } from '../components/lazy-until-loaded.ts';
import { Link } from '../components/link.tsx';
import { EmojiView } from '../emoji/emoji-view.tsx';
import { askForGroup } from '../people/ask-for-group.ts';
import { useMention } from '../people/mentions.ts';
import { useUserGroup } from '../people/user-groups.ts';
import { roomNamed } from '../rooms/room-keys.ts';
import { parseRoute, personPath, roomPath } from '../route.ts';
import classes from './formatted-text.module.css';
import shared from './message-content.module.css';

const CodeBlock = conversationPart(() => import('./code-block.tsx'));
const MessageQuote = lazyUntilLoaded(() => import('./message-quote.tsx'));

/** Outside of the first load. */
const TEXTS = { spoiler: 'Spoiler, press to show', done: 'Done', open: 'Not done' } as const;

const LONE_MAX = 3;

interface FormattedTextProps {
  readonly content: string;
  /** The message is hovered or focused: only then its links are tab stops. */
  readonly isActive: boolean;
}

export default function FormattedText({ content, isActive }: FormattedTextProps) {
  const blocks = useMemo(() => parseFormattedText(content), [content]);
  const quoted = useMemo(() => firstMessageLink(blocks), [blocks]);
  return (
    <>
      <Blocks blocks={blocks} isActive={isActive} />
      {quoted !== undefined && (
        <Suspense>
          <MessageQuote path={quoted} isReachable={isActive} />
        </Suspense>
      )}
    </>
  );
}

/** The first link to a message of this server: a text full of them must not become a page of quotes. */
function firstMessageLink(blocks: readonly Block[]): string | undefined {
  const ofInlines = (inlines: readonly Inline[]): string | undefined => {
    for (const inline of inlines) {
      const path =
        inline.kind === 'link'
          ? messagePathWithin(inline.href)
          : 'content' in inline && inline.kind !== 'spoiler'
            ? ofInlines(inline.content)
            : undefined;
      if (path !== undefined) return path;
    }
    return undefined;
  };
  for (const block of blocks) {
    const path = block.kind === 'paragraph' ? ofInlines(block.content) : undefined;
    if (path !== undefined) return path;
  }
  return undefined;
}

function messagePathWithin(href: string): string | undefined {
  const path = pathWithin(href);
  const route = path === undefined ? undefined : parseRoute(path);
  return route?.kind === 'room' && route.position !== undefined ? path : undefined;
}

interface BlocksProps {
  readonly blocks: readonly Block[];
  readonly isActive: boolean;
}

/** A block has no identity of its own; the list changes only with the whole text. */
const keyed = <T,>(items: readonly T[]): readonly (readonly [key: string, item: T])[] =>
  items.map((item, index) => [String(index), item]);

function Blocks({ blocks, isActive }: BlocksProps) {
  return keyed(blocks).map(([key, block]) => {
    switch (block.kind) {
      case 'paragraph':
        return (
          <p key={key} data-lone-emoji={isLone(block.content)}>
            <Inlines content={block.content} isActive={isActive} />
          </p>
        );
      case 'heading':
        return (
          // One level below the page: authors begin with any, and no level may be left out.
          <h2 key={key} className={classes['heading']} data-level={block.level}>
            <Inlines content={block.content} isActive={isActive} />
          </h2>
        );
      case 'quote':
        return (
          <blockquote key={key}>
            <Blocks blocks={block.blocks} isActive={isActive} />
          </blockquote>
        );
      case 'code':
        return (
          <Suspense key={key} fallback={<pre>{showBidiControls(block.text)}</pre>}>
            <CodeBlock language={block.language} text={block.text} isReachable={isActive} />
          </Suspense>
        );
      case 'list': {
        const items = keyed(block.items).map(([itemKey, item]) => (
          <Item key={itemKey} item={item} isActive={isActive} />
        ));
        return block.start === undefined ? (
          <ul key={key}>{items}</ul>
        ) : (
          <ol key={key} start={block.start}>
            {items}
          </ol>
        );
      }
      case 'table': {
        const cells = (row: TableRow, Cell: 'th' | 'td'): ReactNode =>
          keyed(row).map(([cellKey, cell], index) => {
            const align = block.align[index];
            const style: CSSProperties = align === undefined ? {} : { textAlign: align };
            return (
              <Cell key={cellKey} style={style}>
                <Inlines content={cell} isActive={isActive} />
              </Cell>
            );
          });
        return (
          // A wide table is scrolled with the arrow keys.
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
          <div key={key} className={classes['table']} tabIndex={0}>
            <table>
              <thead>
                <tr>{cells(block.header, 'th')}</tr>
              </thead>
              <tbody>
                {keyed(block.rows).map(([rowKey, row]) => (
                  <tr key={rowKey}>{cells(row, 'td')}</tr>
                ))}
              </tbody>
            </table>
          </div>
        );
      }
      default:
        return block satisfies never;
    }
  });
}

function Item({ item, isActive }: { readonly item: ListItem; readonly isActive: boolean }) {
  const { checked, blocks } = item;
  return (
    <li className={checked === undefined ? undefined : classes['task']}>
      {checked !== undefined && (
        <span
          className={classes['box']}
          role="img"
          aria-label={checked ? TEXTS.done : TEXTS.open}
          data-checked={checked}
        />
      )}
      <Inlines content={item.content} isActive={isActive} />
      <Blocks blocks={blocks} isActive={isActive} />
    </li>
  );
}

/** A line of a few custom emoji, which are shown larger. */
function isLone(content: readonly Inline[]): boolean {
  const isEmoji = ({ kind }: Inline): boolean => kind === 'emoji';
  return (
    content.some(isEmoji) &&
    content.filter(isEmoji).length <= LONE_MAX &&
    content.every((each) => isEmoji(each) || (each.kind === 'text' && each.text.trim() === ''))
  );
}

interface InlinesProps {
  readonly content: readonly Inline[];
  readonly isActive: boolean;
}

function Inlines({ content, isActive }: InlinesProps) {
  return keyed(content).map(([key, inline]) => (
    <Fragment key={key}>
      <InlineView inline={inline} isActive={isActive} />
    </Fragment>
  ));
}

function InlineView({ inline, isActive }: { readonly inline: Inline; readonly isActive: boolean }) {
  switch (inline.kind) {
    case 'text':
      return inline.text;
    case 'code':
      return <code>{showBidiControls(inline.text)}</code>;
    case 'strong':
      return (
        <strong>
          <Inlines content={inline.content} isActive={isActive} />
        </strong>
      );
    case 'emphasis':
      return (
        <em>
          <Inlines content={inline.content} isActive={isActive} />
        </em>
      );
    case 'strike':
      return (
        <s>
          <Inlines content={inline.content} isActive={isActive} />
        </s>
      );
    case 'spoiler':
      return (
        <Spoiler isActive={isActive}>
          <Inlines content={inline.content} isActive={isActive} />
        </Spoiler>
      );
    case 'emoji':
      return <EmojiView emoji={inline.text} />;
    case 'room':
      return <RoomLink name={inline.name} text={inline.text} isActive={isActive} />;
    case 'mention':
      return <Mention name={inline.name} text={inline.text} isActive={isActive} />;
    case 'link':
      return <AddressLink href={inline.href} text={inline.text} isActive={isActive} />;
    default:
      return inline satisfies never;
  }
}

interface SpoilerProps {
  readonly isActive: boolean;
  readonly children: ReactNode;
}

/** A hidden text is not in the page: neither a search in it nor a screen reader finds it. */
function Spoiler({ isActive, children }: SpoilerProps) {
  const [isShown, setIsShown] = useState(false);
  if (isShown) return <span className={classes['shown']}>{children}</span>;
  return (
    <button
      type="button"
      className={classes['spoiler']}
      aria-label={TEXTS.spoiler}
      tabIndex={isActive ? 0 : -1}
      onClick={(event) => {
        // The focus would be lost with the button.
        event.currentTarget.closest('article')?.focus();
        setIsShown(true);
      }}
    />
  );
}

interface MentionProps {
  readonly name: string;
  readonly text: string;
  readonly isActive: boolean;
}

function Mention({ name, text, isActive }: MentionProps) {
  const { user } = useChat();
  const { username, shown } = useMention(name);
  const group = useUserGroup(name);
  if (group !== undefined) {
    const end = group.handle.length + 1;
    return (
      <>
        <button
          type="button"
          className={shared['mention']}
          data-own={user.groups?.includes(group.handle)}
          title={group.name}
          tabIndex={isActive ? 0 : -1}
          onClick={() => askForGroup(group)}
        >
          {text.slice(0, end)}
        </button>
        {text.slice(end)}
      </>
    );
  }
  const isOwn =
    ['everyone', 'room', 'here'].includes(username) ||
    username === user.username.toLowerCase() ||
    user.groups?.includes(username);
  const end = username.length + 1;
  const written = text.slice(0, end);
  const props = {
    className: shared['mention'],
    title: shown && written,
    children: shown === undefined ? written : `@${shown}`,
  };
  return (
    <>
      {isOwn ? (
        <span data-own="true" {...props} />
      ) : (
        <Link to={personPath(username)} tabIndex={isActive ? 0 : -1} {...props} />
      )}
      {text.slice(end)}
    </>
  );
}

/** Text, unless the user sees a room of this name. */
function RoomLink({ name, text, isActive }: MentionProps) {
  const roomId = useSnapshot(({ directory }) => roomNamed(directory.rooms, name));
  if (roomId === undefined) return text;
  return (
    <Link to={roomPath(roomId)} className={shared['mention']} tabIndex={isActive ? 0 : -1}>
      {text}
    </Link>
  );
}

interface AddressLinkProps {
  readonly href: string;
  readonly text: string;
  readonly isActive: boolean;
}

/** A link to this page is followed within it; another opens a tab that knows nothing of this one. */
function AddressLink({ href, text, isActive }: AddressLinkProps) {
  const inside = pathWithin(href);
  const tabIndex = isActive ? 0 : -1;
  if (inside !== undefined) {
    return (
      <Link to={inside} className={shared['link']} tabIndex={tabIndex}>
        {text}
      </Link>
    );
  }
  return (
    <a
      className={shared['link']}
      href={href}
      title={showBidiControls(href)}
      target="_blank"
      rel="noopener noreferrer nofollow"
      tabIndex={tabIndex}
    >
      {text}
    </a>
  );
}

function pathWithin(href: string): string | undefined {
  const url = URL.parse(href);
  return url?.origin === window.location.origin && url.pathname.startsWith('/app/')
    ? url.pathname
    : undefined;
}
