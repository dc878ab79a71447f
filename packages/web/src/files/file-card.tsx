/** A file to download: its name and size, as a card, or as a line under what is shown of it. */
import type { ReactNode } from 'react';
import { Icon } from '../components/icon.tsx';
import buttons from '../components/icon-button.module.css';
import { fileSize } from './file-size.ts';
import classes from './message-file.module.css';
import { fileAddress, type ServerFile } from './server-file.ts';

/** Outside of the first load. */
const TEXTS = {
  open: 'Open',
  download: 'Download',
  downloadNamed: (name: string) => `Download ${name}`,
} as const;

export const PDF = 'application/pdf';

interface FileCardProps {
  readonly file: ServerFile;
  readonly isActive: boolean;
  readonly isLine?: boolean;
  /** Beside the size. */
  readonly note?: string | undefined;
  /** A picture of a document, below its name. */
  readonly page?: ReactNode;
}

export function FileCard({ file, isActive, isLine = false, note, page }: FileCardProps) {
  const { fileId, name, type } = file;
  const address = fileAddress(fileId);
  const tabIndex = isActive ? 0 : -1;
  if (type !== PDF) {
    return (
      <a
        className={classes['card']}
        href={address}
        download={name}
        tabIndex={tabIndex}
        data-line={isLine}
      >
        {!isLine && <Icon name="draft" />}
        <About file={file} act={TEXTS.download} note={note} />
        <Icon name="down" />
      </a>
    );
  }
  // The viewer of the browser shows it, in a tab of its own.
  const hasPage = page !== undefined;
  return (
    <span className={classes['cards']} data-page={hasPage}>
      <a
        className={classes['card']}
        data-page={hasPage}
        href={address}
        target="_blank"
        rel="noopener noreferrer"
        tabIndex={tabIndex}
      >
        <Icon name="draft" />
        <About file={file} act={TEXTS.open} note={note} />
        {page}
      </a>
      <a
        className={buttons['button']}
        href={address}
        download={name}
        aria-label={TEXTS.downloadNamed(name)}
        title={TEXTS.downloadNamed(name)}
        tabIndex={tabIndex}
      >
        <Icon name="down" />
      </a>
    </span>
  );
}

interface AboutProps extends Pick<FileCardProps, 'file' | 'note'> {
  /** Read before the name: the act of a press. */
  readonly act: string;
}

function About({ file: { name, size }, act, note }: AboutProps) {
  return (
    <span className={classes['about']}>
      <span className="visually-hidden">{act} </span>
      <bdi className={classes['name']}>{name}</bdi>
      <span className={classes['size']}>
        {note === undefined ? fileSize(size) : `${note} · ${fileSize(size)}`}
      </span>
    </span>
  );
}
