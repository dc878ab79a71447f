/**
 * Lays out three columns: rooms, conversation, details. On a phone the route selects the
 * visible one.
 */
import { useMemo, useState } from 'react';
import type { Visit } from '../account/account-sessions.ts';
import { Button } from '../components/button.tsx';
import { EmptyState } from '../components/empty-state.tsx';
import { ConnectionBanner } from '../connection/connection-banner.tsx';
import { Conversation } from '../conversation/conversation.tsx';
import { type Chat, ChatContext } from '../hooks/chat-context.ts';
import { pacedSubscription } from '../hooks/frame-throttled-subscribe.ts';
import { useRoute } from '../hooks/use-route.ts';
import { MemberColumn } from '../members/member-column.tsx';
import { PersonPage } from '../people/person-page.tsx';
import { NamedRoomPage } from '../rooms/named-room-page.tsx';
import { RoomColumn } from '../rooms/room-column.tsx';
import { focusRoomName } from '../rooms/room-form.tsx';
import type { Route } from '../route.ts';
import { strings } from '../strings.ts';
import classes from './chat-page.module.css';
import { ColumnResizer } from './column-resizer.tsx';
import { columnStyle, readWidth, storeWidth } from './column-width.ts';

export interface ChatPageProps {
  readonly visit: Visit;
  /** @throws {ChatError} The user is still logged in. */
  readonly onLogOut: () => Promise<void>;
}

function MainColumn({ route }: { readonly route: Route }) {
  switch (route.kind) {
    case 'room':
      return <Conversation key={route.roomId} roomId={route.roomId} panel={route.panel} />;
    case 'named_room':
      return <NamedRoomPage key={route.name} name={route.name} panel={route.panel} />;
    case 'person':
      return <PersonPage key={route.username} username={route.username} />;
    case 'rooms':
      return (
        <EmptyState title={strings.rooms.chooseTitle} text={strings.rooms.chooseText}>
          <Button kind="primary" onClick={focusRoomName}>
            {strings.rooms.choose}
          </Button>
        </EmptyState>
      );
  }
}

export function ChatPage({ visit, onLogOut }: ChatPageProps) {
  const { client, user, drafts } = visit;
  const route = useRoute();
  const [width, setWidth] = useState(readWidth);
  const changeWidth = (next: number): void => {
    setWidth(next);
    storeWidth(next);
  };
  const chat: Chat = useMemo(
    () => ({ client, user, drafts, subscribe: pacedSubscription(client.subscribe) }),
    [client, user, drafts],
  );
  const panel = route.kind === 'room' ? route.panel : undefined;
  const view = route.kind === 'rooms' ? 'rooms' : 'room';
  return (
    <ChatContext value={chat}>
      <main className={classes['page']} data-view={panel ?? view} style={columnStyle(width)}>
        <RoomColumn className={classes['rooms']} route={route} onLogOut={onLogOut} />
        <ColumnResizer width={width} onWidth={changeWidth} />
        <section className={classes['conversation']} aria-label={strings.conversation.title}>
          <MainColumn route={route} />
        </section>
        {route.kind === 'room' && panel === 'members' && (
          <MemberColumn className={classes['details']} roomId={route.roomId} />
        )}
        <ConnectionBanner className={classes['banner']} />
      </main>
    </ChatContext>
  );
}
