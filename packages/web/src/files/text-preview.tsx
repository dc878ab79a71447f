/** The first lines of a text file, and more of them on request: as plain text, whatever they say. */
import { showBidiControls } from '@parley/client';
import { useEffect, useId, useState } from 'react';
import { FileCard } from './file-card.tsx';
import { fileSize } from './file-size.ts';
import { loadBytes } from './load-bytes.ts';
import type { ServerFile } from './server-file.ts';
import { decodeText } from './text-file.ts';
import classes from './text-preview.module.css';
import { useLoadFailure } from './use-load-failure.ts';

/** Outside of the first load. */
const TEXTS = {
  content: (name: string) => `Content of ${name}`,
  more: 'Show more',
  less: 'Show less',
  of: (name: string) => ` of ${name}`,
  first: (shown: string) => `Only the first ${shown} are shown.`,
  failed: 'The text cannot be loaded.',
  noText: 'It cannot be shown as text.',
} as const;

/** Of the preview, and of the expanded text. */
const HEAD_BYTES = 4_000;
const BYTES_MAX = 64_000;
const LINES_MIN = 2;
const LINES_MAX = 6;
/** A line that is certainly not cut off. */
const SHORT_LINE = 30;
/** More than fits into a line. */
const LINE_MAX = 200;

interface TextPreviewProps {
  readonly file: ServerFile;
  readonly isActive: boolean;
}

export function TextPreview({ file, isActive }: TextPreviewProps) {
  const { fileId, name, size } = file;
  const [isExpanded, setIsExpanded] = useState(false);
  const [loaded, setLoaded] = useState<{ readonly bytes: number; readonly text: string }>();
  const [isText, setIsText] = useState(true);
  const [hasFailed, fail] = useLoadFailure();
  const id = useId();
  const bytes = Math.min(size, isExpanded ? BYTES_MAX : HEAD_BYTES);
  const isMissing = loaded === undefined || loaded.bytes < bytes;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the end of a failure loads it again
  useEffect(() => {
    if (!isMissing || !isText) return;
    const ending = new AbortController();
    loadBytes(fileId, [0, bytes], ending.signal).then(
      (found) => {
        const text = decodeText(found);
        if (text !== undefined) setLoaded({ bytes, text: showBidiControls(text) });
        setIsText(text !== undefined);
      },
      () => {
        if (!ending.signal.aborted) fail();
      },
    );
    return () => ending.abort();
  }, [fileId, bytes, isMissing, isText, hasFailed]);
  // Known before it is loaded: nothing moves then.
  const lines = Math.max(LINES_MIN, Math.min(LINES_MAX, Math.ceil(size / SHORT_LINE)));
  const all = (loaded?.text ?? '').split('\n');
  const isLong = (line: string, at: number): boolean => at >= lines || line.length > SHORT_LINE;
  const hasMore = size > HEAD_BYTES || all.some(isLong);
  const problem = isText ? hasFailed && isMissing && TEXTS.failed : TEXTS.noText;
  const shown = isExpanded ? all : all.slice(0, lines).map((line) => line.slice(0, LINE_MAX));
  return (
    <div className={classes['preview']}>
      <pre
        id={id}
        className={classes['text']}
        style={isExpanded ? undefined : { height: `${lines}lh` }}
        data-expanded={isExpanded}
        // It scrolls.
        {...(isExpanded && { role: 'region', 'aria-label': TEXTS.content(name), tabIndex: 0 })}
        dir="auto"
      >
        {shown.join('\n')}
      </pre>
      {problem !== false && <p className={classes['note']}>{problem}</p>}
      {isExpanded && size > BYTES_MAX && (
        <p className={classes['note']}>{TEXTS.first(fileSize(BYTES_MAX))}</p>
      )}
      <div className={classes['tools']}>
        <FileCard file={file} isActive={isActive} isLine />
        {hasMore && (
          <button
            type="button"
            className={classes['more']}
            aria-expanded={isExpanded}
            aria-controls={id}
            tabIndex={isActive ? 0 : -1}
            onClick={() => setIsExpanded(!isExpanded)}
          >
            {isExpanded ? TEXTS.less : TEXTS.more}
            <span className="visually-hidden">{TEXTS.of(name)}</span>
          </button>
        )}
      </div>
    </div>
  );
}
