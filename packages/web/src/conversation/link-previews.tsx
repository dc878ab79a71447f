/** The pages behind the links of a message, as cards of one height under its text. */
import {
  type LinkPreview,
  type MessageId,
  previewedLinks,
  type RoomId,
  withoutPreview,
} from '@parley/client';
import { useChat } from '../chat-context.ts';
import { IconButton } from '../components/icon-button.tsx';
import { messageStrings } from '../strings/message.ts';
import classes from './link-previews.module.css';
import { useLinkPreviews } from './use-link-previews.ts';
import { useMessageChange } from './use-message-change.ts';

/** Outside of the first load. */
const TEXTS = {
  list: 'Link previews',
  remove: 'Remove preview',
} as const;

interface LinkPreviewsProps {
  readonly roomId: RoomId;
  readonly messageId: MessageId;
  readonly sequence: number;
  readonly sentAtMs: number;
  readonly userId: string;
  readonly content: string;
  /** The message is hovered or focused: only then its links are tab stops. */
  readonly isActive: boolean;
}

export default function LinkPreviews(props: LinkPreviewsProps) {
  const { content } = props;
  return previewedLinks(content).some(isElsewhere) ? <Previews {...props} /> : null;
}

function Previews(props: LinkPreviewsProps) {
  const { roomId, messageId, sequence, sentAtMs, userId, content, isActive } = props;
  const { user } = useChat();
  const { change, problem } = useMessageChange({ roomId, messageId });
  const loaded = useLinkPreviews({ roomId, messageId, sequence, sentAtMs });
  // The text may have been changed since.
  const links = previewedLinks(content).filter(isElsewhere);
  const previews = loaded.filter(({ url }) => links.includes(url));
  if (previews.length === 0) return null;
  const remove = (url: string): (() => void) | undefined => {
    const changed = withoutPreview(content, url);
    const isPossible = userId === user.id && !previewedLinks(changed).includes(url);
    return isPossible ? () => change({ kind: 'edit', content: changed }) : undefined;
  };
  return (
    <ul className={classes['previews']} aria-label={TEXTS.list}>
      {previews.map((preview) => (
        <li key={preview.url} className={classes['item']}>
          <Card preview={preview} isActive={isActive} onRemove={remove(preview.url)} />
        </li>
      ))}
      {problem !== undefined && (
        <li className={classes['problem']} role="alert">
          {messageStrings.notDone(problem)}
        </li>
      )}
    </ul>
  );
}

interface CardProps {
  readonly preview: LinkPreview;
  readonly isActive: boolean;
  readonly onRemove: (() => void) | undefined;
}

function Card({ preview, isActive, onRemove }: CardProps) {
  const { url, title, description, siteName, pictureUrl } = preview;
  const host = new URL(url).hostname;
  const tabIndex = isActive ? 0 : -1;
  return (
    <>
      <a
        className={classes['card']}
        href={url}
        target="_blank"
        rel="noopener noreferrer nofollow"
        tabIndex={tabIndex}
      >
        <span className={classes['texts']} dir="auto">
          {/* The host first: a page can call itself whatever it likes. */}
          <span className={classes['site']}>
            <bdi>{host}</bdi>
            {siteName !== undefined && siteName !== host && (
              <>
                {' · '}
                <bdi>{siteName}</bdi>
              </>
            )}
          </span>
          <span className={classes['title']}>
            <bdi>{title ?? url}</bdi>
          </span>
          {description !== undefined && (
            <span className={classes['description']}>
              <bdi>{description}</bdi>
            </span>
          )}
        </span>
        {pictureUrl?.startsWith('/api/') === true && (
          <img
            className={classes['picture']}
            src={pictureUrl}
            alt=""
            width="96"
            height="96"
            loading="lazy"
            decoding="async"
          />
        )}
      </a>
      {onRemove !== undefined && (
        <IconButton
          icon="close"
          name={TEXTS.remove}
          className={classes['remove']}
          tabIndex={tabIndex}
          onClick={onRemove}
        />
      )}
    </>
  );
}

/** Links to messages of this server are shown as quotes. */
function isElsewhere(url: string): boolean {
  return new URL(url).origin !== location.origin;
}
