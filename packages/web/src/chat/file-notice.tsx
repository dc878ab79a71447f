/**
 * Messages have no files. Keeps the browser from opening a file that is dropped on the page, and
 * says that a dropped or pasted file cannot be sent.
 */
import { useEffect, useLayoutEffect, useState } from 'react';
import classes from '../connection/connection-banner.module.css';

/** Outside of the first load. */
const NO_FILES = 'Files cannot be sent here. Send a link instead.';

const SHOWN_MS = 6_000;

export default function FileNotice() {
  // Each attempt shows the notice for its full time; 0 while it is hidden.
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    if (attempt === 0) return;
    const timer = setTimeout(() => setAttempt(0), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [attempt]);
  // Listens as soon as the region is in the page: a file dropped before is opened by the browser.
  useLayoutEffect(() => {
    const show = (): void => setAttempt((before) => before + 1);
    const onDrag = (event: DragEvent): void => {
      if (event.dataTransfer?.types.includes('Files') !== true) return;
      event.preventDefault();
      if (event.type === 'drop') show();
    };
    const onPaste = ({ clipboardData }: ClipboardEvent): void => {
      if (clipboardData !== null && isFile(clipboardData)) show();
    };
    window.addEventListener('dragover', onDrag);
    window.addEventListener('drop', onDrag);
    window.addEventListener('paste', onPaste);
    return () => {
      window.removeEventListener('dragover', onDrag);
      window.removeEventListener('drop', onDrag);
      window.removeEventListener('paste', onPaste);
    };
  }, []);
  const isShown = attempt > 0;
  // The region is always present, so that screen readers announce changes in it.
  return (
    <div className={classes['banner']} role="status" data-kind={isShown ? 'file' : 'none'}>
      {isShown && <p>{NO_FILES}</p>}
    </div>
  );
}

/** Not if text is pasted too: word processors and spreadsheets add a picture of their text. */
function isFile({ files, types }: DataTransfer): boolean {
  return files.length > 0 && !(types.includes('text/plain') && types.includes('text/html'));
}
