/** The picture of a custom emoji; its name if there is none. */
import { useState } from 'react';
import classes from './custom-emoji.module.css';
import { useCustomEmoji } from './custom-emoji-list.ts';

/** @param text `:name:`. */
export default function CustomEmoji({ text }: { readonly text: string }) {
  const url = useCustomEmoji().get(text.slice(1, -1))?.url;
  const [failedUrl, setFailedUrl] = useState<string>();
  if (url === undefined || url === failedUrl) return text;
  return (
    <img
      className={classes['emoji']}
      src={url}
      alt={text}
      title={text}
      decoding="async"
      draggable={false}
      onError={() => setFailedUrl(url)}
    />
  );
}
