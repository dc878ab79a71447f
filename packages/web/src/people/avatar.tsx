/** The picture of a user or a workspace, or two letters on a tinted shape; decoration next to the name. */
import { useState } from 'react';
import classes from './avatar.module.css';
import { avatarTone, initials } from './avatar-tone.ts';
import { useAvatarUrl, useIsBot } from './use-shown-name.ts';

type Size = 'small' | 'medium' | 'large' | 'huge';

interface AvatarProps {
  readonly userId: string;
  /** The name that is shown. */
  readonly name: string;
  readonly size?: Size;
}

export function Avatar({ userId, name, size = 'large' }: AvatarProps) {
  const url = useAvatarUrl(userId);
  return <Picture id={userId} {...{ name, url, size }} isSquare={useIsBot(userId)} />;
}

interface PictureProps {
  /** The id of the user or workspace; it chooses the colour behind the letters. */
  readonly id: string;
  readonly name: string;
  readonly url: string | null | undefined;
  readonly size: Size;
  readonly isSquare: boolean;
}

export function Picture({ id, name, url, size, isSquare }: PictureProps) {
  const [failedUrl, setFailedUrl] = useState<string>();
  return (
    <span
      className={`${classes['avatar']} ${classes[size]}`}
      {...avatarTone(id)}
      data-square={isSquare}
      aria-hidden="true"
    >
      {initials(name)}
      {url && url !== failedUrl && (
        // Above the letters, which are seen until it is loaded.
        <img
          key={url}
          className={classes['picture']}
          src={size === 'huge' ? url : `${url}/thumbnail`}
          alt=""
          decoding="async"
          draggable={false}
          onError={() => setFailedUrl(url)}
        />
      )}
    </span>
  );
}
