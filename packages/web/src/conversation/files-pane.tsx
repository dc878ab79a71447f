/** The details column for the files of a room, by kind and name. */
import type { RoomFile, RoomId } from '@parley/client';
import { useEffect, useRef, useState } from 'react';
import { useSnapshot } from '../chat-context.ts';
import { Button } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import buttons from '../components/icon-button.module.css';
import { Link } from '../components/link.tsx';
import { LoadStatus } from '../components/load-status.tsx';
import { PanelFrame } from '../components/panel-frame.tsx';
import { TextField } from '../components/text-field.tsx';
import { askToView } from '../files/ask-to-view.ts';
import { Blur } from '../files/blur.tsx';
import { PDF } from '../files/file-card.tsx';
import { fileSize } from '../files/file-size.ts';
import type { WithFiles } from '../files/gallery-pictures.ts';
import { MediaFile } from '../files/media-file.tsx';
import { isPlayed } from '../files/message-file.tsx';
import { fileAddress, isPictureFile, type ServerFile, serverFile } from '../files/server-file.ts';
import { timeText } from '../files/time-text.ts';
import { useLoadFailure } from '../files/use-load-failure.ts';
import { absoluteTime, recentTime } from '../format-time.ts';
import { useNow } from '../hooks/use-now.ts';
import { useIsBlocked } from '../people/use-is-blocked.ts';
import { useShownName } from '../people/use-shown-name.ts';
import { messagePath } from '../route.ts';
import { roomFileStrings as texts } from '../strings/room-files.ts';
import BlockedMessage from './blocked-message.tsx';
import classes from './files-pane.module.css';
import pane from './pins-pane.module.css';
import { type FileChoice, fileKey, useRoomFiles } from './use-room-files.ts';

/** Refresh interval of relative times. */
const CLOCK_MS = 60_000;
const TEXT_LENGTH_MAX = 100;
const KINDS = [undefined, 'picture', 'media', 'document'] as const;

interface FilesPaneProps {
  readonly className: string | undefined;
  readonly roomId: RoomId;
}

export function FilesPane({ className, roomId }: FilesPaneProps) {
  const [choice, setChoice] = useState<FileChoice>({ kind: undefined, text: '' });
  const { files, status, hasMore, loadMore, retry } = useRoomFiles(roomId, choice);
  const isOffline = useSnapshot(({ connection }) => connection.kind === 'waiting');
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => content.current?.closest('section')?.querySelector('h1')?.focus(), []);
  const isEmpty = files.length === 0;
  const isAll = choice.kind === undefined && choice.text.trim() === '';
  const around = files.map(asMessage);
  return (
    <PanelFrame className={className} title={texts.title} close={texts.close} roomId={roomId}>
      <search className={classes['choice']}>
        <TextField
          label={texts.find}
          type="search"
          autoComplete="off"
          maxLength={TEXT_LENGTH_MAX}
          value={choice.text}
          onChange={({ target }) => setChoice({ ...choice, text: target.value })}
        />
        <fieldset className={classes['kinds']}>
          <legend className="visually-hidden">{texts.kinds}</legend>
          {KINDS.map((kind) => (
            <button
              key={kind ?? 'all'}
              type="button"
              className={classes['kind']}
              aria-pressed={kind === choice.kind}
              onClick={() => setChoice({ ...choice, kind })}
            >
              {texts.kind[kind ?? 'all']}
            </button>
          ))}
        </fieldset>
      </search>
      <div ref={content} className={pane['scroll']}>
        {isOffline && status !== 'ready' ? (
          <p className={pane['note']} role="status">
            {texts.offline}
          </p>
        ) : (
          <LoadStatus status={status} isEmpty={isEmpty} texts={texts} onRetry={retry} />
        )}
        {status === 'ready' && isEmpty && (
          <p className={pane['note']} role="status">
            {hasMore ? texts.notYet : isAll ? texts.none : texts.notFound}
          </p>
        )}
        {!isEmpty && (
          <ul aria-label={texts.title}>
            {files.map((each, index) => (
              <Row
                key={fileKey(each)}
                roomId={roomId}
                found={each}
                onView={(fileId) => {
                  const message = around[index];
                  if (message !== undefined) askToView({ roomId, message, fileId, around });
                }}
              />
            ))}
          </ul>
        )}
        {hasMore && (
          <Button kind="quiet" onClick={loadMore}>
            {texts.more}
          </Button>
        )}
      </div>
    </PanelFrame>
  );
}

/** The gallery leads through messages. */
function asMessage(found: RoomFile): WithFiles {
  const { file, user, sequence, createdAt } = found;
  return {
    id: fileKey(found),
    userId: user.id,
    sender: user.username,
    sentAtMs: Date.parse(createdAt),
    content: '',
    attachments: [file],
    sequence,
  };
}

interface RowProps {
  readonly roomId: RoomId;
  readonly found: RoomFile;
  readonly onView: (fileId: string) => void;
}

function Row({ roomId, found, onView }: RowProps) {
  const { user, sequence, createdAt } = found;
  const nowMs = useNow(CLOCK_MS);
  const sender = useShownName(user.id, user.username);
  const [isUnfolded, setIsUnfolded] = useState(false);
  const isFolded = useIsBlocked(user.id) && !isUnfolded;
  const [isPlaying, setIsPlaying] = useState(false);
  const file = serverFile(found.file);
  if (file === undefined) return null;
  const sentAtMs = Date.parse(createdAt);
  if (isFolded) {
    return (
      <li className={classes['row']}>
        <BlockedMessage onShow={() => setIsUnfolded(true)} />
      </li>
    );
  }
  const { fileId, name, size, duration } = file;
  const about = (act: keyof typeof texts.act) => (
    <>
      <FilePicture file={file} />
      <span className={classes['about']}>
        <span className="visually-hidden">{texts.act[act]} </span>
        <bdi className={classes['name']}>{name}</bdi>
        <span className={classes['details']}>
          <bdi className={classes['sender']}>{sender}</bdi>
          <time dateTime={createdAt} title={absoluteTime(sentAtMs)}>
            {recentTime(sentAtMs, nowMs)}
          </time>
          <span>
            {duration !== undefined && `${timeText(duration)} · `}
            {fileSize(size)}
          </span>
        </span>
      </span>
    </>
  );
  const address = fileAddress(fileId);
  const inTab = { target: '_blank', rel: 'noopener noreferrer' } as const;
  return (
    <li className={classes['row']}>
      {isPictureFile(file) ? (
        <a
          {...inTab}
          className={classes['open']}
          href={address}
          onClick={(event) => {
            if (event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            // Safari does not focus a link that is pressed; the focus returns to it.
            event.currentTarget.focus({ preventScroll: true });
            onView(fileId);
          }}
        >
          {about('open')}
        </a>
      ) : isPlayed(file) ? (
        <button
          type="button"
          className={classes['open']}
          aria-expanded={isPlaying}
          onClick={() => setIsPlaying(!isPlaying)}
        >
          {about('open')}
        </button>
      ) : file.type === PDF ? (
        <a {...inTab} className={classes['open']} href={address}>
          {about('open')}
        </a>
      ) : (
        <a className={classes['open']} href={address} download={name}>
          {about('download')}
        </a>
      )}
      <Link
        className={buttons['button']}
        to={messagePath(roomId, sequence)}
        aria-label={texts.show(name)}
        title={texts.show(name)}
      >
        <Icon name="thread" />
      </Link>
      {isPlaying && (
        <div className={classes['player']}>
          <MediaFile file={file} isActive={true} />
        </div>
      )}
    </li>
  );
}

function FilePicture({ file }: { readonly file: ServerFile }) {
  const address = fileAddress(file.fileId);
  const [hasFailed, fail] = useLoadFailure();
  const [isLoaded, setIsLoaded] = useState(false);
  return (
    <span className={classes['picture']}>
      {isPictureFile(file) && !hasFailed ? (
        <>
          {!isLoaded && <Blur file={file} />}
          <img
            src={file.thumbnailUrl === undefined ? address : `${address}/thumbnail?size=small`}
            // The name is beside it.
            alt=""
            loading="lazy"
            decoding="async"
            onLoad={() => setIsLoaded(true)}
            onError={fail}
          />
        </>
      ) : (
        <Icon name={/^(?:audio|video)\//.test(file.type) ? 'voice' : 'draft'} />
      )}
    </span>
  );
}
