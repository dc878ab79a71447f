/** The files that a message will have: each can be removed, described, or tried again. */
import {
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useSyncExternalStore,
} from 'react';
import { IconButton } from '../components/icon-button.tsx';
import type { DraftKey } from '../drafts/draft-storage.ts';
import type { AttachedState } from './attached.ts';
import type { DraftFile } from './draft-file.ts';
import { FILES_MAX, useDraftUploads } from './draft-uploads.ts';
import { fileSize } from './file-size.ts';
import classes from './file-tray.module.css';
import { fileAddress } from './server-file.ts';

/** Outside of the first load. */
const TEXTS = {
  files: 'Files of this message',
  remove: (name: string) => `Remove ${name}`,
  retry: (name: string) => `Try ${name} again`,
  progress: (name: string) => `Upload of ${name}`,
  describe: (name: string) => `Description of ${name}`,
  description: 'Describe the picture',
  tooMany: (max: number) => `A message has at most ${max} files.`,
  waiting: (size: string) => `${size}, uploaded when you are back online`,
  listen: (name: string) => `Listen to ${name}`,
  checking: 'The server checks it …',
} as const;

/** Of a description; the server accepts more. */
const ALT_LENGTH_MAX = 500;

interface FileTrayProps {
  readonly place: DraftKey;
  /** The draft of the files. */
  readonly draft: string;
  /** Undefined when nothing is shown any more. */
  readonly onChange: (attached: AttachedState | undefined) => void;
}

export default function FileTray({ place, draft, onChange }: FileTrayProps) {
  const uploads = useDraftUploads();
  const snapshot = useSyncExternalStore(uploads.subscribe, uploads.snapshot);
  const { isOffline, states } = snapshot;
  // biome-ignore lint/correctness/useExhaustiveDependencies: of this draft, and these states
  const [items, attachments] = useMemo(
    () => [uploads.files(place), uploads.attachments(place, isOffline)] as const,
    [uploads, place, draft, snapshot],
  );
  // Before anything can be sent.
  useLayoutEffect(() => {
    const state = attachments === undefined ? 'waiting' : 'ready';
    onChange({ state, attachments: attachments ?? [] });
  }, [attachments, onChange]);
  useLayoutEffect(() => () => onChange(undefined), [onChange]);
  useEffect(() => {
    if (!isOffline) void uploads.check(place);
  }, [uploads, place, isOffline]);

  return (
    <div className={classes['tray']}>
      <ul className={classes['files']} aria-label={TEXTS.files}>
        {items.map((item) => {
          const { id, name, type, uploaded } = item;
          const { share = 0, problem: found, isFinal = false } = states.get(id) ?? {};
          const isKept = isOffline && uploads.isUnsent(item);
          const problem = isKept ? undefined : found;
          const bytes = uploads.bytesOf(id);
          const isDescribed =
            (uploaded?.type ?? type).startsWith('image/') &&
            (isKept || uploaded?.width !== undefined);
          return (
            <li key={id} className={classes['file']} data-failed={problem !== undefined}>
              {previewOf(item, bytes)}
              <span className={classes['about']}>
                <bdi className={classes['name']}>{name}</bdi>
                <span className={classes['state']} role="status">
                  {problem ?? stateOf(item, share, isKept)}
                </span>
                {uploaded === undefined && problem === undefined && !isKept && (
                  <progress
                    className={classes['progress']}
                    aria-label={TEXTS.progress(name)}
                    value={share}
                  />
                )}
                {type.startsWith('audio/') && (
                  <Listen
                    name={name}
                    source={bytes ?? (uploaded && fileAddress(uploaded.fileId))}
                  />
                )}
                {isDescribed && (
                  <input
                    className={classes['alt']}
                    aria-label={TEXTS.describe(name)}
                    placeholder={TEXTS.description}
                    maxLength={ALT_LENGTH_MAX}
                    value={item.alt}
                    // Enter sends the message from its own box only.
                    onKeyDown={(event) => {
                      if (event.key === 'Enter') event.preventDefault();
                    }}
                    onChange={({ target }) => uploads.describe(id, target.value)}
                  />
                )}
              </span>
              {problem !== undefined && bytes !== undefined && !isFinal && (
                <IconButton
                  icon="undo"
                  name={TEXTS.retry(name)}
                  onClick={() => uploads.retry(id)}
                />
              )}
              <IconButton
                icon="close"
                name={TEXTS.remove(name)}
                onClick={() => uploads.remove(id)}
              />
            </li>
          );
        })}
      </ul>
      {snapshot.full === place && (
        <p className={classes['full']} role="alert">
          {TEXTS.tooMany(FILES_MAX)}
        </p>
      )}
    </div>
  );
}

/** The line below the name of a file without a problem; a file that has arrived, and has no answer yet, is checked. */
function stateOf({ size, uploaded }: DraftFile, share: number, isKept: boolean): string {
  if (isKept) return TEXTS.waiting(fileSize(size));
  return share === 1 && uploaded === undefined ? TEXTS.checking : fileSize(size);
}

/** From the memory of the browser, or after a reload from the server. */
function previewOf({ uploaded }: DraftFile, bytes: File | undefined): ReactNode {
  if (bytes !== undefined) return <Preview file={bytes} />;
  if (uploaded?.width === undefined || !uploaded.type.startsWith('image/')) return null;
  const address = fileAddress(uploaded.fileId);
  return (
    <img
      className={classes['preview']}
      src={uploaded.thumbnailUrl === undefined ? address : `${address}/thumbnail?size=small`}
      alt=""
    />
  );
}

function Preview({ file }: { readonly file: File }) {
  const picture = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (!file.type.startsWith('image/')) return;
    let isGone = false;
    const draw = async (): Promise<void> => {
      const bitmap = await createImageBitmap(file, { resizeHeight: PREVIEW_SIDE });
      const canvas = picture.current;
      if (isGone || canvas === null) return bitmap.close();
      canvas.width = Math.min(bitmap.width, 2 * PREVIEW_SIDE);
      canvas.height = bitmap.height;
      canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
      bitmap.close();
    };
    // A file that is no picture has no preview.
    draw().catch(() => {});
    return () => {
      isGone = true;
    };
  }, [file]);
  return <canvas ref={picture} className={classes['preview']} width="0" height="0" aria-hidden />;
}

interface ListenProps {
  readonly name: string;
  readonly source: File | string | undefined;
}

/** A recording is heard before it is sent. */
function Listen({ name, source }: ListenProps) {
  const player = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const element = player.current;
    if (element === null || source === undefined) return;
    const address = typeof source === 'string' ? source : URL.createObjectURL(source);
    element.src = address;
    return () => URL.revokeObjectURL(address);
  }, [source]);
  return (
    // biome-ignore lint/a11y/useMediaCaption: users record sound without captions
    <audio ref={player} className={classes['listen']} controls aria-label={TEXTS.listen(name)} />
  );
}

const PREVIEW_SIDE = 40;
