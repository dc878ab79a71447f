/** The home page beside the first column: after a login a conversation, otherwise all rooms. */
import { useEffect, useState } from 'react';
import { useChat, useSnapshot } from '../chat-context.ts';
import { Skeleton } from '../components/skeleton.tsx';
import { usePhoneLayout } from '../hooks/use-phone-layout.ts';
import { redirect } from '../hooks/use-route.ts';
import { roomPath } from '../route.ts';
import { strings } from '../strings/strings.ts';
import BrowsePage from './browse-page.tsx';
import { firstConversation } from './first-conversation.ts';
import { readLastRoom } from './last-room.ts';
import { usePeopleRows } from './people-list.tsx';
import { useRoomRows } from './use-room-rows.ts';

interface HomePageProps {
  /** The page begins here: the user did not come from another view. */
  readonly isStart: boolean;
}

export default function HomePage({ isStart }: HomePageProps) {
  // A phone has space for one column, and begins with the conversations in it.
  const isPhone = usePhoneLayout();
  const [isSeeking, setIsSeeking] = useState(isStart && !isPhone);
  return isSeeking ? <Start onNone={() => setIsSeeking(false)} /> : <BrowsePage isHome={true} />;
}

/** Decides once: a message that arrives later opens nothing. */
function Start({ onNone }: { readonly onNone: () => void }) {
  const { user } = useChat();
  const [pathname] = useState(window.location.pathname);
  const people = usePeopleRows();
  const { rows: rooms } = useRoomRows();
  // Without a server the offline copy decides.
  const isListed = useSnapshot(
    ({ directory, connection }) => directory.status !== 'loading' || connection.kind === 'waiting',
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the rooms are listed
  useEffect(() => {
    if (!isListed) return;
    const roomId = firstConversation({ people, rooms, lastId: readLastRoom(user.id) });
    if (roomId === undefined) onNone();
    else redirect(pathname, roomPath(roomId));
  }, [isListed]);
  return <Skeleton name={strings.rooms.loading} shape="messages" />;
}
