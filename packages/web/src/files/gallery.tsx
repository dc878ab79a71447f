/** Pictures of a conversation, each in the whole window: with arrow keys, or by swipes. */
import { type CSSProperties, type KeyboardEvent, useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { Icon } from '../components/icon.tsx';
import buttons from '../components/icon-button.module.css';
import { IconButton } from '../components/icon-button.tsx';
import { Link } from '../components/link.tsx';
import { Modal } from '../components/modal.tsx';
import { absoluteTime, recentTime } from '../format-time.ts';
import { plainKey } from '../hooks/plain-key.ts';
import { useShownName } from '../people/use-shown-name.ts';
import { messagePath } from '../route.ts';
import type { Viewed } from './ask-to-view.ts';
import { Blur } from './blur.tsx';
import classes from './gallery.module.css';
import { type GalleryPicture, galleryPictures } from './gallery-pictures.ts';
import { fileAddress } from './server-file.ts';
import { useSwipe } from './use-swipe.ts';

/** Outside of the first load. */
const TEXTS = {
  gallery: 'Pictures',
  close: 'Close',
  previous: 'Previous picture',
  next: 'Next picture',
  download: (name: string) => `Download ${name}`,
  show: 'Show in conversation',
  place: (at: number, total: number) => `${at} of ${total}`,
  failed: 'The picture cannot be loaded.',
} as const;

interface GalleryProps {
  readonly viewed: Viewed;
  readonly onClose: () => void;
}

export default function Gallery({ viewed, onClose }: GalleryProps) {
  const { client, blocks } = useChat();
  const { roomId, message, fileId } = viewed;
  // As it was opened: what is sent meanwhile moves nothing.
  const [pictures] = useState(() => {
    const room = client.getSnapshot().rooms.get(roomId);
    const loaded = room?.kind === 'open' ? room.log.messages : [];
    const around = viewed.around ?? loaded;
    return galleryPictures({ message, around, isBlocked: (userId) => blocks.has(userId) });
  });
  const [at, setAt] = useState(() =>
    Math.max(
      0,
      pictures.findIndex(({ file }) => file.fileId === fileId),
    ),
  );
  const last = pictures.length - 1;
  const go = (to: number): void => setAt(Math.max(0, Math.min(to, last)));
  const swipe = useSwipe({ onPrevious: () => go(at - 1), onNext: () => go(at + 1) });
  const picture = pictures[at];
  useEffect(() => {
    // The next one is there when it is wanted.
    for (const near of [pictures[at + 1], pictures[at - 1]]) {
      if (near !== undefined) new Image().src = fileAddress(near.file.fileId);
    }
  }, [pictures, at]);
  if (picture === undefined) return null;
  const { file } = picture;
  const { sequence } = picture.message;

  const onKeyDown = (event: KeyboardEvent): void => {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[plainKey(event) ?? ''];
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  };
  return (
    <Modal label={TEXTS.gallery} onClose={onClose}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys of the dialog */}
      <div className={classes['gallery']} onKeyDown={onKeyDown}>
        <header className={classes['bar']}>
          <span className={classes['place']}>
            {pictures.length > 1 && TEXTS.place(at + 1, pictures.length)}
          </span>
          {sequence !== undefined && (
            <Link
              className={buttons['button']}
              to={messagePath(roomId, sequence)}
              aria-label={TEXTS.show}
              title={TEXTS.show}
              onFollow={onClose}
            >
              <Icon name="thread" />
            </Link>
          )}
          <a
            className={buttons['button']}
            href={fileAddress(file.fileId)}
            download={file.name}
            aria-label={TEXTS.download(file.name)}
            title={TEXTS.download(file.name)}
          >
            <Icon name="down" />
          </a>
          <IconButton icon="close" name={TEXTS.close} onClick={onClose} />
        </header>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: a press beside the picture closes, as Escape does */}
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: Escape */}
        <div
          {...swipe}
          className={classes['stage']}
          // Takes the focus of a press, so that the keys still work.
          tabIndex={-1}
          onClick={({ target, currentTarget }) => {
            if (target === currentTarget) onClose();
          }}
        >
          <Picture key={file.fileId} picture={picture} />
        </div>
        {last > 0 && (
          <div className={classes['arrows']}>
            <IconButton
              icon="back"
              name={TEXTS.previous}
              aria-disabled={at === 0}
              onClick={() => go(at - 1)}
            />
            <IconButton
              icon="back"
              name={TEXTS.next}
              aria-disabled={at === last}
              onClick={() => go(at + 1)}
            />
          </div>
        )}
        <Caption picture={picture} />
      </div>
    </Modal>
  );
}

function Picture({ picture }: { readonly picture: GalleryPicture }) {
  const [state, setState] = useState<'loading' | 'shown' | 'failed'>('loading');
  const { fileId, name, alt, width, height, thumbnailUrl } = picture.file;
  if (state === 'failed') return <p role="alert">{TEXTS.failed}</p>;
  const address = fileAddress(fileId);
  // The small picture of the message is known, and has the same place.
  const isCovered = state === 'loading' && thumbnailUrl !== undefined;
  const place = { '--width': width, '--height': height } as CSSProperties;
  return (
    <>
      {state === 'loading' && (
        <Blur file={picture.file} className={classes['blur']} style={place} />
      )}
      <img
        className={classes['picture']}
        src={address}
        alt={alt ?? name}
        width={width}
        height={height}
        draggable={false}
        style={{
          ...place,
          ...(isCovered && { backgroundImage: `url("${address}/thumbnail")` }),
        }}
        onLoad={() => setState('shown')}
        onError={() => setState('failed')}
      />
    </>
  );
}

/** The description of the picture, the text of its message, and who sent it when. */
function Caption({ picture }: { readonly picture: GalleryPicture }) {
  const { file, message } = picture;
  const { userId, sender, sentAtMs, content } = message;
  const name = useShownName(userId, sender);
  return (
    <div className={classes['caption']} role="status">
      <p className={classes['text']} dir="auto">
        {file.alt ?? file.name}
      </p>
      {content !== '' && (
        <p className={classes['text']} dir="auto">
          {content}
        </p>
      )}
      <p className={classes['about']}>
        <bdi>{name}</bdi>
        {' · '}
        <time dateTime={new Date(sentAtMs).toISOString()} title={absoluteTime(sentAtMs)}>
          {recentTime(sentAtMs, Date.now())}
        </time>
      </p>
    </div>
  );
}
