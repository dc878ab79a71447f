/**
 * Gives files that are dropped on the page, or pasted, to the message box: the one that has the
 * focus, or else the first. Where there is none, says so, and keeps the browser from opening them.
 * Shows the pictures of messages, too, in the whole window.
 */
import { Suspense, useEffect, useLayoutEffect, useState } from 'react';
import { lazyUntilLoaded } from '../components/lazy-until-loaded.ts';
import classes from '../connection/connection-banner.module.css';
import type { DraftKey } from '../drafts/draft-storage.ts';
import { answerViews, type Viewed } from '../files/ask-to-view.ts';
import { useDraftUploads } from '../files/draft-uploads.ts';
import { timeInName } from '../files/time-in-name.ts';

const Gallery = lazyUntilLoaded(() => import('../files/gallery.tsx'));

/** Outside of the first load. */
const NO_FILES = 'Files cannot be sent here. Open a conversation first.';

const SHOWN_MS = 6_000;

export default function FileDrop() {
  // Each attempt shows the notice for its full time; 0 while it is hidden.
  const [attempt, setAttempt] = useState(0);
  const [viewed, setViewed] = useState<Viewed>();
  const uploads = useDraftUploads();
  useEffect(() => answerViews(setViewed), []);
  useEffect(() => {
    if (attempt === 0) return;
    const timer = setTimeout(() => setAttempt(0), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [attempt]);
  // Listens as soon as the region is in the page: a file dropped before is opened by the browser.
  useLayoutEffect(() => {
    const give = (files: readonly File[]): void => {
      const boxes = [...document.querySelectorAll<HTMLElement>('form[data-files]')];
      const box = boxes.find((each) => each.contains(document.activeElement)) ?? boxes[0];
      if (box === undefined) setAttempt((before) => before + 1);
      else uploads.add(box.dataset['files'] as DraftKey, files);
    };
    const onDrag = (event: DragEvent): void => {
      const { dataTransfer } = event;
      if (dataTransfer?.types.includes('Files') !== true) return;
      event.preventDefault();
      // The list is empty once the event is over.
      if (event.type === 'drop') give([...dataTransfer.files]);
    };
    const onPaste = (event: ClipboardEvent): void => {
      const { clipboardData } = event;
      if (clipboardData === null || !isFile(clipboardData)) return;
      event.preventDefault();
      give([...clipboardData.files].map(withName));
    };
    window.addEventListener('dragover', onDrag);
    window.addEventListener('drop', onDrag);
    window.addEventListener('paste', onPaste);
    return () => {
      window.removeEventListener('dragover', onDrag);
      window.removeEventListener('drop', onDrag);
      window.removeEventListener('paste', onPaste);
    };
  }, [uploads]);
  const isShown = attempt > 0;
  // The region is always present, so that screen readers announce changes in it.
  return (
    <>
      <div className={classes['banner']} role="status" data-kind={isShown ? 'file' : 'none'}>
        {isShown && <p>{NO_FILES}</p>}
      </div>
      {viewed !== undefined && (
        <Suspense>
          <Gallery viewed={viewed} onClose={() => setViewed(undefined)} />
        </Suspense>
      )}
    </>
  );
}

/** Not if text is pasted too: word processors and spreadsheets add a picture of their text. */
function isFile({ files, types }: DataTransfer): boolean {
  return files.length > 0 && !(types.includes('text/plain') && types.includes('text/html'));
}

/** Browsers call every pasted picture `image.png`. */
function withName(file: File): File {
  if (!/^image\.\w+$/.test(file.name)) return file;
  const name = file.name.replace('image', `Screenshot ${timeInName()}`);
  return new File([file], name, { type: file.type });
}
