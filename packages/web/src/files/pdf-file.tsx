/** A document of a message: its first page, in a space that is kept for it, as a part of its card. */
import { useEffect, useRef } from 'react';
import { FileCard } from './file-card.tsx';
import { PAGE_HEIGHT, PAGE_WIDTH, useFirstPage } from './first-page.ts';
import classes from './message-file.module.css';
import type { ServerFile } from './server-file.ts';

/** Outside of the first load. */
const firstPageOf = (name: string): string => `First page of ${name}`;

interface PdfFileProps {
  readonly file: ServerFile;
  readonly isActive: boolean;
}

export function PdfFile({ file, isActive }: PdfFileProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const page = useFirstPage(canvas, file);
  const picture = page === 'none' ? undefined : page;
  useEffect(() => {
    if (picture !== undefined) canvas.current?.getContext('2d')?.drawImage(picture, 0, 0);
  }, [picture]);
  const named = { role: 'img', 'aria-label': firstPageOf(file.name) } as const;
  const shown = page !== 'none' && (
    <canvas
      ref={canvas}
      className={classes['page']}
      // Known before it is drawn: nothing moves then.
      width={PAGE_WIDTH}
      height={PAGE_HEIGHT}
      {...(picture === undefined ? { 'aria-hidden': true } : named)}
    />
  );
  return <FileCard file={file} isActive={isActive} page={shown || undefined} />;
}
