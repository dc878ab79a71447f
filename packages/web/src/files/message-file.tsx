/**
 * A file of a message: pictures in their place, sound and films with a player, the first lines of
 * texts, the first pages of documents, and everything else as a card to download.
 */
import { useState } from 'react';
import { Blur } from './blur.tsx';
import { FileCard, PDF } from './file-card.tsx';
import { MediaFile } from './media-file.tsx';
import classes from './message-file.module.css';
import { PdfFile } from './pdf-file.tsx';
import { fileAddress, isPictureFile, type PictureFile, type ServerFile } from './server-file.ts';
import { isTextFile } from './text-file.ts';
import { TextPreview } from './text-preview.tsx';
import { useLoadFailure } from './use-load-failure.ts';

/** Outside of the first load. */
const open = (name: string): string => `Open ${name}`;

/** Longest sides of a picture in a message. */
const WIDTH_MAX = 360;
const HEIGHT_MAX = 300;

interface MessageFileProps {
  readonly file: ServerFile;
  /** The message is hovered or focused: only then its links are tab stops. */
  readonly isActive: boolean;
  /** Shows the picture in the page. */
  readonly onView: () => void;
}

export default function MessageFile({ file, isActive, onView }: MessageFileProps) {
  if (isPictureFile(file)) return <Picture file={file} isActive={isActive} onView={onView} />;
  if (isPlayed(file)) return <MediaFile file={file} isActive={isActive} />;
  if (file.type === PDF) return <PdfFile file={file} isActive={isActive} />;
  if (isTextFile(file)) return <TextPreview file={file} isActive={isActive} />;
  return <FileCard file={file} isActive={isActive} />;
}

/** Sound or a film that the browser knows, or "maybe" knows: the container of its type. */
export function isPlayed({ type }: ServerFile): boolean {
  if (!/^(?:audio|video)\//.test(type)) return false;
  return document.createElement('video').canPlayType(type) !== '';
}

interface PictureProps extends MessageFileProps {
  readonly file: PictureFile;
}

function Picture({ file, isActive, onView }: PictureProps) {
  const { fileId, name, thumbnailUrl, alt, width, height } = file;
  const address = fileAddress(fileId);
  const [hasFailed, fail] = useLoadFailure();
  const [isLoaded, setIsLoaded] = useState(false);
  const scale = Math.min(1, WIDTH_MAX / width, HEIGHT_MAX / height);
  return (
    <a
      className={classes['picture']}
      href={address}
      target="_blank"
      rel="noopener noreferrer"
      title={open(name)}
      tabIndex={isActive ? 0 : -1}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        // Safari does not focus a link that is pressed; the focus returns to it.
        event.currentTarget.focus({ preventScroll: true });
        onView();
      }}
    >
      {!isLoaded && !hasFailed && <Blur file={file} className={classes['blur']} />}
      <img
        // Another element loads the picture again.
        key={`${hasFailed}`}
        src={thumbnailUrl === undefined ? address : `${address}/thumbnail`}
        alt={alt ?? name}
        // Known before it is loaded: nothing moves then.
        width={Math.max(1, Math.round(width * scale))}
        height={Math.max(1, Math.round(height * scale))}
        loading="lazy"
        decoding="async"
        onLoad={() => setIsLoaded(true)}
        onError={fail}
      />
      {file.type === 'image/gif' && thumbnailUrl !== undefined && (
        <span className={classes['still']} aria-hidden="true">
          GIF
        </span>
      )}
    </a>
  );
}
