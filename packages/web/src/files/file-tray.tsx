/**
 * The files that a message will have: each is uploaded as soon as it is chosen, one after the other,
 * and can be removed, described, or tried again.
 */
import type { Attachment } from '@parley/client';
import { useEffect, useRef, useState } from 'react';
import { IconButton } from '../components/icon-button.tsx';
import type { AttachedState } from './attached.ts';
import { fileSize } from './file-size.ts';
import classes from './file-tray.module.css';
import { type UploadedFile, UploadFailed, uploadFile } from './upload-file.ts';

/** Outside of the first load. */
const TEXTS = {
  files: 'Files of this message',
  remove: (name: string) => `Remove ${name}`,
  retry: (name: string) => `Try ${name} again`,
  progress: (name: string) => `Upload of ${name}`,
  describe: (name: string) => `Description of ${name}`,
  description: 'Describe the picture',
  tooMany: (max: number) => `A message has at most ${max} files.`,
  waiting: 'waits',
} as const;

const FILES_MAX = 10;
/** Of a description; the server accepts more. */
const ALT_LENGTH_MAX = 500;

interface Item {
  readonly id: number;
  readonly file: File;
  readonly share: number;
  readonly uploaded?: UploadedFile;
  readonly problem?: string;
  readonly alt: string;
}

interface FileTrayProps {
  /** The files that were chosen last; another list adds others. */
  readonly chosen: readonly File[];
  readonly onChange: (attached: AttachedState) => void;
}

let lastId = 0;

export default function FileTray({ chosen, onChange }: FileTrayProps) {
  const [items, setItems] = useState(() => itemsOf(chosen).slice(0, FILES_MAX));
  const [isFull, setIsFull] = useState(chosen.length > FILES_MAX);
  const seen = useRef(chosen);
  const running = useRef<{ readonly id: number; readonly cancel: () => void }>(undefined);
  const change = (id: number, fields: Partial<Item>): void =>
    setItems((all) => all.map((item) => (item.id === id ? { ...item, ...fields } : item)));

  useEffect(() => {
    if (seen.current === chosen) return;
    seen.current = chosen;
    const added = itemsOf(chosen);
    setItems((all) => [...all, ...added].slice(0, FILES_MAX));
    setIsFull(items.length + added.length > FILES_MAX);
  }, [chosen, items.length]);

  // The first that waits, if none is on its way.
  const next = items.find((item) => item.uploaded === undefined && item.problem === undefined);
  useEffect(() => {
    if (next === undefined || running.current !== undefined) return;
    const { id, file } = next;
    const { done, cancel } = uploadFile(file, (share) => change(id, { share }));
    const end = (fields: Partial<Item>): void => {
      running.current = undefined;
      change(id, fields);
    };
    running.current = { id, cancel };
    done.then(
      (uploaded) => end({ uploaded, share: 1 }),
      (error: unknown) => end({ problem: problemOf(error), share: 0 }),
    );
  });
  // A message that is never sent leaves nothing on its way.
  useEffect(() => () => running.current?.cancel(), []);

  const report = useRef(onChange);
  report.current = onChange;
  useEffect(() => {
    const attachments = items.flatMap(({ uploaded, alt }): Attachment[] =>
      uploaded === undefined ? [] : [{ ...uploaded, ...(alt.trim() === '' ? {} : { alt }) }],
    );
    const isReady = attachments.length === items.length;
    const state = items.length === 0 ? 'none' : isReady ? 'ready' : 'waiting';
    report.current({ state, attachments });
  }, [items]);

  const remove = (id: number): void => {
    if (running.current?.id === id) {
      running.current.cancel();
      running.current = undefined;
    }
    setItems((all) => all.filter((item) => item.id !== id));
  };

  const retry = ({ id, file, alt }: Item): void =>
    setItems((all) => all.map((item) => (item.id === id ? { id, file, alt, share: 0 } : item)));

  if (items.length === 0) return null;
  return (
    <div className={classes['tray']}>
      <ul className={classes['files']} aria-label={TEXTS.files}>
        {items.map((item) => (
          <li key={item.id} className={classes['file']} data-failed={item.problem !== undefined}>
            <Preview file={item.file} />
            <span className={classes['about']}>
              <bdi className={classes['name']}>{item.file.name}</bdi>
              <span className={classes['state']} role="status">
                {item.problem ?? fileSize(item.file.size)}
              </span>
              {item.uploaded === undefined && item.problem === undefined && (
                <progress
                  className={classes['progress']}
                  aria-label={TEXTS.progress(item.file.name)}
                  value={item.share}
                />
              )}
              {item.uploaded?.width !== undefined && (
                <input
                  className={classes['alt']}
                  aria-label={TEXTS.describe(item.file.name)}
                  placeholder={TEXTS.description}
                  maxLength={ALT_LENGTH_MAX}
                  value={item.alt}
                  // Enter sends the message from its own box only.
                  onKeyDown={(event) => {
                    if (event.key === 'Enter') event.preventDefault();
                  }}
                  onChange={({ target }) => change(item.id, { alt: target.value })}
                />
              )}
            </span>
            {item.problem !== undefined && (
              <IconButton
                icon="undo"
                name={TEXTS.retry(item.file.name)}
                onClick={() => retry(item)}
              />
            )}
            <IconButton
              icon="close"
              name={TEXTS.remove(item.file.name)}
              onClick={() => remove(item.id)}
            />
          </li>
        ))}
      </ul>
      {isFull && (
        <p className={classes['full']} role="alert">
          {TEXTS.tooMany(FILES_MAX)}
        </p>
      )}
    </div>
  );
}

function itemsOf(files: readonly File[]): Item[] {
  return files.map((file) => {
    lastId += 1;
    return { id: lastId, file, share: 0, alt: '' };
  });
}

/** The picture itself, from the memory of the browser. */
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

const PREVIEW_SIDE = 40;

const PROBLEMS: Readonly<Record<number, string>> = {
  0: 'The connection was lost.',
  401: 'You are logged out.',
  413: 'The file is too large.',
  429: 'You have uploaded too much. Try again later.',
  503: 'The server has no space for it now.',
};

function problemOf(error: unknown): string {
  const status = error instanceof UploadFailed ? error.status : 0;
  return PROBLEMS[status] ?? 'The server does not accept it.';
}
