/**
 * Lays out three columns: rooms, conversation, details. On a phone the route selects the
 * visible one.
 */
import type { MessageId, RoomId } from '@parley/client';
import {
  type ReactNode,
  Suspense,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react';
import type { Visit } from '../account/account-sessions.ts';
import { type Chat, ChatContext, useSnapshot } from '../chat-context.ts';
import { conversationPart, lazyUntilLoaded } from '../components/lazy-until-loaded.ts';
import { LoadBoundary } from '../components/load-boundary.tsx';
import { PanelFrame } from '../components/panel-frame.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { TypedAhead } from '../components/typed-ahead.tsx';
import { Conversation } from '../conversation/conversation.tsx';
import { PersonLoading } from '../conversation/person-loading.tsx';
import { atEachConnection } from '../hooks/at-each-connection.ts';
import { pacedSubscription } from '../hooks/frame-throttled-subscribe.ts';
import { isTouchScreen } from '../hooks/touch-screen.ts';
import { navigate, useRoute } from '../hooks/use-route.ts';
import { useNotifications } from '../notifications/use-notifications.ts';
import {
  AccountNotices,
  ActivityPage,
  AdminPage,
  BrowsePage,
  ColumnResizer,
  DraftsPage,
  FileDrop,
  FirstSteps,
  HomePage,
  InvitePage,
  loadPartsLater,
  loadSearchInRoom,
  MemberColumn,
  ModerationNotices,
  NamedRoomPage,
  PersonPage,
  ProfilePane,
  RoomPane,
  SavedNotices,
  SavedPage,
  ScheduledNotices,
  ScheduledPage,
  SearchPage,
  ServerProfileWatch,
  ThreadsPage,
  UserGroupDialog,
} from '../parts.ts';
import { Blocks } from '../people/blocks.ts';
import { RoomColumn } from '../rooms/room-column.tsx';
import { type Panel, profileName, type Route, roomPath } from '../route.ts';
import { strings } from '../strings/strings.ts';
import classes from '../styles/chat-page.module.css';
import { columnStyle, readWidth, storeWidth } from '../styles/column-width.ts';
import { useOverlays } from './use-overlays.tsx';
import { usePageTitle } from './use-page-title.ts';
import { useShortcuts } from './use-shortcuts.ts';

/** Shown at once, and nothing is lost of it if it comes later: it is about missing connections. */
const ConnectionBanner = lazyUntilLoaded(() => import('../connection/connection-banner.tsx'));
const PhoneTabs = lazyUntilLoaded(() => import('./phone-tabs.tsx'));

/** There with the first conversation: what is typed after its opening goes into its box. */
const ThreadPane = conversationPart(() => import('../conversation/thread-pane.tsx'));

export interface ChatPageProps {
  readonly visit: Visit;
  /** @throws {ChatError} The user is still logged in. */
  readonly onLogOut: (end?: () => Promise<void>) => Promise<void>;
}

interface MainColumnProps {
  readonly route: Route;
  /** The page began with this route. */
  readonly isStart: boolean;
}

function MainColumn({ route, isStart }: MainColumnProps) {
  switch (route.kind) {
    case 'room':
      return (
        <Conversation
          key={route.roomId}
          roomId={route.roomId}
          panel={route.panel}
          position={route.position}
        />
      );
    case 'named_room':
      return <NamedRoomPage key={route.name} name={route.name} panel={route.panel} />;
    case 'invite':
      return <InvitePage key={route.token} token={route.token} />;
    case 'person':
      return <PersonPage key={route.username} username={route.username} />;
    case 'activity':
      return <ActivityPage />;
    case 'search':
      return <SearchPage query={route.query} />;
    case 'saved':
      return <SavedPage />;
    case 'threads':
      return <ThreadsPage />;
    case 'scheduled':
      return <ScheduledPage />;
    case 'drafts':
      return <DraftsPage />;
    case 'admin':
      return <AdminPage section={route.section} />;
    case 'browse':
      return <BrowsePage isHome={false} />;
    case 'rooms':
    case 'people':
    // Shown without the chat.
    case 'reset':
    case 'mail':
    case 'provider':
      return <HomePage isStart={isStart && route.kind === 'rooms'} />;
  }
}

/** The code of the page is loading: its text box is there, and keeps what is typed. */
function MainLoading({ route }: { readonly route: Route }) {
  switch (route.kind) {
    case 'browse':
      return !isTouchScreen() && <TypedAhead label={strings.rooms.choose} />;
    case 'person':
      return <PersonLoading username={route.username} />;
    default:
      return <Skeleton name={strings.account.checking} shape="rooms" />;
  }
}

function Details({ roomId, panel }: { readonly roomId: RoomId; readonly panel: Panel }) {
  const isClosed = useSnapshot((snapshot) => snapshot.rooms.get(roomId)?.kind === 'closed');
  useEffect(() => {
    if (isClosed) navigate(roomPath(roomId), { replace: true });
  }, [isClosed, roomId]);
  if (isClosed) return null;
  if (panel === 'members') return <MemberColumn className={classes['details']} roomId={roomId} />;
  if (panel === 'pins' || panel === 'files')
    return <RoomPane panel={panel} className={classes['details']} roomId={roomId} />;
  if (panel.startsWith('profile/')) {
    const username = profileName(panel as `profile/${string}`);
    return (
      <ProfilePane
        key={username}
        className={classes['details']}
        roomId={roomId}
        username={username}
      />
    );
  }
  // The address is not checked: the server answers for a message that does not exist.
  const messageId = panel.slice('thread/'.length) as MessageId;
  return (
    <ThreadPane
      key={messageId}
      className={classes['details']}
      roomId={roomId}
      messageId={messageId}
    />
  );
}

export function ChatPage({ visit, onLogOut }: ChatPageProps) {
  const { client, drafts, names, workspaces } = visit;
  const user = useSelf(visit);
  const route = useRoute();
  const [start] = useState(route);
  const [width, setWidth] = useState(readWidth);
  const changeWidth = (next: number): void => {
    setWidth(next);
    storeWidth(next);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: another account has others
  const blocks = useMemo(() => new Blocks(), [client]);
  const chat: Chat = useMemo(
    () => ({
      ...{ client, user, drafts, names, workspaces, blocks },
      subscribe: pacedSubscription(client.subscribe),
    }),
    [client, user, drafts, names, workspaces, blocks],
  );
  useEffect(() => {
    const end = atEachConnection(client, () => names.retry());
    return () => {
      end();
      names.close();
    };
  }, [client, names]);
  useEffect(loadPartsLater, []);
  usePageTitle(chat, route);
  useNotifications(chat);
  const overlays = useOverlays(chat, onLogOut);
  useShortcuts({
    onPalette: () => overlays.open('palette'),
    onFind: () => find(chat, route),
    onHelp: () => overlays.open('help'),
    onEscape: () => markRead(chat, route),
  });
  const panel = route.kind === 'room' ? route.panel : undefined;
  /** Details whose code is loading, or could not be loaded. */
  const pane = (content: ReactNode): ReactNode =>
    route.kind === 'room' && (
      <PanelFrame
        className={classes['details']}
        title={strings.details}
        close={strings.close}
        roomId={route.roomId}
      >
        {content}
      </PanelFrame>
    );
  const view = route.kind === 'rooms' || route.kind === 'people' ? 'rooms' : 'room';
  return (
    <ChatContext value={chat}>
      <main
        className={classes['page']}
        data-view={panel === undefined ? view : 'details'}
        style={columnStyle(width)}
      >
        <RoomColumn
          className={classes['rooms']}
          route={route}
          onLogOut={() => overlays.open('log_out')}
          onPalette={() => overlays.open('palette')}
          onNewMessage={() => overlays.open('message')}
          onSettings={() => overlays.open('settings')}
          onNewGroup={() => overlays.open('create_group')}
        />
        <Suspense>
          <ColumnResizer width={width} onWidth={changeWidth} />
        </Suspense>
        <section className={classes['conversation']} aria-label={strings.conversation.title}>
          <LoadBoundary key={route.kind}>
            <Suspense fallback={<MainLoading route={route} />}>
              <MainColumn route={route} isStart={route === start} />
            </Suspense>
          </LoadBoundary>
        </section>
        {route.kind === 'room' && panel !== undefined && (
          <LoadBoundary key={panel} frame={pane}>
            <Suspense
              fallback={pane(<Skeleton name={strings.account.checking} shape="messages" />)}
            >
              <Details roomId={route.roomId} panel={panel} />
            </Suspense>
          </LoadBoundary>
        )}
        <Suspense fallback={<div className={classes['tabs']} />}>
          <PhoneTabs
            className={classes['tabs']}
            route={route}
            onPalette={() => overlays.open('palette')}
            onSettings={() => overlays.open('settings')}
          />
        </Suspense>
        <div className={classes['notices']}>
          <LoadBoundary frame={() => null}>
            <Suspense>
              <AccountNotices />
              <FirstSteps />
            </Suspense>
          </LoadBoundary>
        </div>
        <div className={classes['banner']}>
          <Suspense>
            <ConnectionBanner />
          </Suspense>
          <LoadBoundary frame={() => null}>
            <Suspense>
              <ModerationNotices />
              <ServerProfileWatch />
              <SavedNotices />
              <ScheduledNotices />
              <UserGroupDialog />
              <FileDrop />
            </Suspense>
          </LoadBoundary>
        </div>
      </main>
      {overlays.element}
    </ChatContext>
  );
}

/** The user with the handles of groups, whose mentions are mentions of the user. */
function useSelf({ client, user }: Visit): Chat['user'] {
  const groups = useSyncExternalStore(client.subscribe, () =>
    client.getSnapshot().user?.groups?.join(),
  );
  return useMemo(() => (groups ? { ...user, groups: groups.split(',') } : user), [user, groups]);
}

/** Searches the conversation on the screen; other pages leave the key to the browser. */
function find(chat: Chat, route: Route): boolean {
  if (route.kind !== 'room') return false;
  void loadSearchInRoom().then(({ searchInRoom }) => searchInRoom(chat, route.roomId));
  return true;
}

/** Marks the conversation on the screen as read; an open panel uses Escape itself. */
function markRead({ client }: Chat, route: Route): boolean {
  if (route.kind !== 'room' || route.panel !== undefined) return false;
  const room = client.getSnapshot().rooms.get(route.roomId);
  if (room?.kind !== 'open') return false;
  client.markRead(room.id, room.log.position);
  return true;
}
