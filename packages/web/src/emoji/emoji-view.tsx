/** An emoji in a button or list: a character, or the picture of a custom one, whose code is loaded on the first use. */
import { Suspense } from 'react';
import { lazyUntilLoaded } from '../components/lazy-until-loaded.ts';

const CustomEmoji = lazyUntilLoaded(() => import('./custom-emoji.tsx'));

export function EmojiView({ emoji }: { readonly emoji: string }) {
  if (emoji[0] !== ':') return emoji;
  return (
    <Suspense fallback={emoji}>
      <CustomEmoji text={emoji} />
    </Suspense>
  );
}
