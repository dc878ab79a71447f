/** Files of a message: pictures in their place, everything else as a card to download. */
import type { Attachment } from '@parley/client';
import { Icon } from '../components/icon.tsx';
import { fileSize } from './file-size.ts';
import classes from './message-file.module.css';

/** Outside of the first load. */
const TEXTS = {
  download: (name: string) => `Download ${name}`,
  open: (name: string) => `Open ${name}`,
} as const;

/** A file of the server: only it gives attachments a `fileId`. */
interface ServerFile {
  readonly fileId: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly width?: number;
  readonly height?: number;
  readonly thumbnailUrl?: string;
  readonly alt?: string;
}

/** Longest sides of a picture in a message. */
const WIDTH_MAX = 360;
const HEIGHT_MAX = 300;

interface MessageFileProps {
  readonly attachment: Exclude<Attachment, string>;
  /** The message is hovered or focused: only then its links are tab stops. */
  readonly isActive: boolean;
}

export default function MessageFile({ attachment, isActive }: MessageFileProps) {
  const file = attachment as unknown as ServerFile;
  const { fileId, name, size, width, height, thumbnailUrl, alt } = file;
  // Never an address that a message contains.
  const address = `/api/files/${encodeURIComponent(fileId)}`;
  const tabIndex = isActive ? 0 : -1;
  if (typeof width === 'number' && typeof height === 'number') {
    const scale = Math.min(1, WIDTH_MAX / width, HEIGHT_MAX / height);
    return (
      <a
        className={classes['picture']}
        href={address}
        target="_blank"
        rel="noopener noreferrer"
        title={TEXTS.open(name)}
        tabIndex={tabIndex}
      >
        <img
          src={thumbnailUrl === undefined ? address : `${address}/thumbnail`}
          alt={alt ?? name}
          // Known before it is loaded: nothing moves then.
          width={Math.max(1, Math.round(width * scale))}
          height={Math.max(1, Math.round(height * scale))}
          loading="lazy"
          decoding="async"
        />
      </a>
    );
  }
  return (
    <a
      className={classes['card']}
      href={address}
      download={name}
      aria-label={TEXTS.download(name)}
      tabIndex={tabIndex}
    >
      <Icon name="draft" />
      <span className={classes['about']}>
        <bdi className={classes['name']}>{name}</bdi>
        <span className={classes['size']}>{fileSize(size)}</span>
      </span>
      <Icon name="down" />
    </a>
  );
}
