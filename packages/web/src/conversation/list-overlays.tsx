/** The buttons, the day and the announcements above the messages of a room, loaded after them. */
import type { Message } from '@parley/client';
import type { MessageListState } from '@parley/client/react';
import type { ReactNode } from 'react';
import { JumpToLatest } from './jump-to-latest.tsx';
import { JumpToUnread } from './jump-to-unread.tsx';
import { MissingMessage } from './missing-message.tsx';
import { NewMessageAnnouncer } from './new-message-announcer.tsx';
import { StickyDay } from './sticky-day.tsx';

interface ListOverlaysProps {
  readonly messages: readonly Message[];
  readonly state: MessageListState;
  readonly nowMs: number;
  /** The message of the address is not in the room. */
  readonly isMissing: boolean;
  readonly onDismissMissing: () => void;
  /** Asks for a day. */
  readonly onDay: () => void;
}

export default function ListOverlays({
  messages,
  state,
  nowMs,
  isMissing,
  onDismissMissing,
  onDay,
}: ListOverlaysProps): ReactNode {
  return (
    <>
      <StickyDay viewport={state.viewport} nowMs={nowMs} onPress={onDay} />
      {isMissing && <MissingMessage onDismiss={onDismissMissing} />}
      {state.isUnreadAbove && !isMissing && <JumpToUnread onPress={() => state.show('unread')} />}
      <NewMessageAnnouncer messages={messages} />
      {!state.isFollowing && (
        <JumpToLatest
          newCount={state.newCount}
          onPress={() => {
            void state.show('latest');
            state.scrollProps.ref.current?.focus({ preventScroll: true });
          }}
        />
      )}
    </>
  );
}
