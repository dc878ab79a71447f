/** Beside the message box: opens the dialog that creates a poll. Loaded with the conversation. */
import type { MessageId, RoomId } from '@parley/client';
import { Suspense, useState } from 'react';
import { IconButton } from '../components/icon-button.tsx';
import { lazyUntilLoaded } from '../components/lazy-until-loaded.ts';
import { pollStrings as texts } from '../strings/poll.ts';

const PollDialog = lazyUntilLoaded(() => import('./poll-dialog.tsx'));

interface PollButtonProps {
  readonly roomId: RoomId;
  /** Of the thread of the box, or of the message that it replies to. */
  readonly parentId: MessageId | undefined;
  readonly alsoToRoom?: boolean | undefined;
  /** Called when the poll is sent. */
  readonly onDone?: (() => void) | undefined;
}

export default function PollButton(props: PollButtonProps) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <IconButton
        icon="poll"
        name={texts.create}
        aria-haspopup="dialog"
        onClick={() => setIsOpen(true)}
      />
      {isOpen && (
        <Suspense>
          <PollDialog {...props} onClose={() => setIsOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
