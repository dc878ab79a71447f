/** Opens the emoji picker, whose code and data are loaded on the first use. */
import { Suspense, useRef, useState } from 'react';
import { IconButton } from '../components/icon-button.tsx';
import { lazyUntilLoaded } from '../components/lazy-until-loaded.ts';
import { Popover } from '../components/popover.tsx';
import { TypedAhead } from '../components/typed-ahead.tsx';
import { rememberEmoji } from '../emoji/recent-emoji.ts';

const EmojiPicker = lazyUntilLoaded(() => import('./emoji-picker.tsx'));

/** As in the styles of the picker, so that it does not move when it is there. */
const PICKER_SIZE = { width: 'min(320px, calc(100vw - 32px))', height: 'min(340px, 60dvh)' };

interface EmojiButtonProps {
  readonly name: string;
  readonly tabIndex?: number;
  readonly onSelect: (emoji: string) => void;
}

export function EmojiButton({ name, tabIndex = 0, onSelect }: EmojiButtonProps) {
  const [isOpen, setIsOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const close = (): void => setIsOpen(false);
  return (
    <>
      <IconButton
        ref={opener}
        icon="emoji"
        name={name}
        tabIndex={tabIndex}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        data-action="react"
        onClick={() => setIsOpen(!isOpen)}
      />
      {isOpen && (
        <Popover opener={opener} onClose={close}>
          <Suspense
            fallback={
              <div style={PICKER_SIZE}>
                <TypedAhead label={name} />
              </div>
            }
          >
            <EmojiPicker
              onSelect={(emoji) => {
                rememberEmoji(emoji);
                close();
                onSelect(emoji);
              }}
            />
          </Suspense>
        </Popover>
      )}
    </>
  );
}
