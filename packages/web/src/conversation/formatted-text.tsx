/** The formatted text of a message: its small Markdown subset as elements. Nothing is ever inserted as HTML. */
import { type Block, type Inline, parseFormattedText, showBidiControls } from '@parley/client';
import { Fragment, Suspense, useMemo } from 'react';
import { conversationPart } from '../components/lazy-until-loaded.ts';
import { Link } from '../components/link.tsx';
import { useChat } from '../hooks/chat-context.ts';
import { useMention } from '../people/mentions.ts';
import { personPath } from '../route.ts';
import classes from './message-content.module.css';

const CodeBlock = conversationPart(() => import('./code-block.tsx'));

interface FormattedTextProps {
  readonly content: string;
  /** The message is hovered or focused: only then its links are tab stops. */
  readonly isActive: boolean;
}

export default function FormattedText({ content, isActive }: FormattedTextProps) {
  const blocks = useMemo(() => parseFormattedText(content), [content]);
  return <Blocks blocks={blocks} isActive={isActive} />;
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
          <p key={key}>
            <Inlines content={block.content} isActive={isActive} />
          </p>
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
          <li key={itemKey}>
            <Inlines content={item} isActive={isActive} />
          </li>
        ));
        return block.start === undefined ? (
          <ul key={key}>{items}</ul>
        ) : (
          <ol key={key} start={block.start}>
            {items}
          </ol>
        );
      }
      default:
        return block satisfies never;
    }
  });
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
    case 'mention':
      return <Mention name={inline.name} text={inline.text} isActive={isActive} />;
    case 'link':
      return <AddressLink href={inline.href} text={inline.text} isActive={isActive} />;
    default:
      return inline satisfies never;
  }
}

interface MentionProps {
  readonly name: string;
  readonly text: string;
  readonly isActive: boolean;
}

function Mention({ name, text, isActive }: MentionProps) {
  const { user } = useChat();
  const { username, shown } = useMention(name);
  const isOwn = username === 'everyone' || username === user.username.toLowerCase();
  const end = username.length + 1;
  const written = text.slice(0, end);
  const props = {
    className: classes['mention'],
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
      <Link to={inside} className={classes['link']} tabIndex={tabIndex}>
        {text}
      </Link>
    );
  }
  return (
    <a
      className={classes['link']}
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
