/**
 * Parts of the page that are not in the first load. They are loaded when they are first shown, or
 * when the page has been idle after its start: then they open at once, also without a server.
 */
import { lazy } from 'react';
import { lazyUntilLoaded, partOf } from './components/lazy-until-loaded.ts';

/** Time for the first messages to arrive before other parts are loaded. */
const DELAY_MS = 4_000;

const LOADERS: (() => Promise<unknown>)[] = [];

function part<Module>(load: () => Promise<Module>): () => Promise<Module> {
  LOADERS.push(load);
  return load;
}

/** Loaded at once if this browser knows no user. */
export const { Part: SignInPage, loadOnce: loadSignIn } = partOf(
  () => import('./account/sign-in-page.tsx'),
);
export const MailPage = lazy(() => import('./account/mail-pages.tsx'));
export const ProviderPage = lazy(() => import('./account/provider-page.tsx'));
export const RequiredSignInPage = lazy(() => import('./account/required-sign-in-page.tsx'));
export const ResetPage = lazy(() => import('./account/reset-page.tsx'));
export const loadSteps = part(() => import('./chat/shortcut-steps.ts'));
export const ColumnResizer = lazyUntilLoaded(part(() => import('./chat/column-resizer.tsx')));
export const FileDrop = lazyUntilLoaded(part(() => import('./chat/file-drop.tsx')));
export const HomePage = lazy(part(() => import('./rooms/home-page.tsx')));
export const BrowsePage = lazy(part(() => import('./rooms/browse-page.tsx')));
export const NamedRoomPage = lazy(part(() => import('./rooms/named-room-page.tsx')));
export const InvitePage = lazy(part(() => import('./rooms/invite-page.tsx')));
export const PersonPage = lazy(part(() => import('./conversation/person-page.tsx')));
export const ThreadMessages = lazy(part(() => import('./conversation/thread-messages.tsx')));
export const MemberColumn = lazy(part(() => import('./members/member-column.tsx')));
export const WorkspaceSections = lazyUntilLoaded(
  part(() => import('./workspaces/workspace-sections.tsx')),
);
export const ConversationMenu = lazyUntilLoaded(
  part(() => import('./conversation/conversation-menu.tsx')),
);
export const ActivityPage = lazy(part(() => import('./activity/activity-page.tsx')));
export const SearchPage = lazy(part(() => import('./search/search-page.tsx')));
export const loadSearchInRoom = part(() => import('./search/search-in-room.ts'));
export const SavedPage = lazy(part(() => import('./saved/saved-page.tsx')));
export const SavedNotices = lazyUntilLoaded(part(() => import('./saved/saved-notices.tsx')));
export const ThreadsPage = lazy(part(() => import('./threads/threads-page.tsx')));
export const ThreadsLink = lazyUntilLoaded(part(() => import('./threads/threads-link.tsx')));
export const ScheduledPage = lazy(part(() => import('./scheduled/scheduled-page.tsx')));
export const ScheduledNotices = lazyUntilLoaded(
  part(() => import('./scheduled/scheduled-notices.tsx')),
);
export const ScheduledLink = lazyUntilLoaded(part(() => import('./rooms/scheduled-link.tsx')));
export const ServerLinks = lazyUntilLoaded(part(() => import('./admin/server-links.tsx')));
export const AdminPage = lazy(part(() => import('./admin/admin-page.tsx')));
export const FirstSteps = lazyUntilLoaded(part(() => import('./admin/first-steps.tsx')));
export const AccountNotices = lazyUntilLoaded(part(() => import('./account/account-notices.tsx')));
export const ServerProfileWatch = lazyUntilLoaded(
  part(() => import('./account/server-profile-watch.tsx')),
);
export const ModerationNotices = lazyUntilLoaded(
  part(() => import('./people/moderation-notices.tsx')),
);
export const UserGroupDialog = lazyUntilLoaded(
  part(() => import('./people/user-group-dialog.tsx')),
);
export const DraftsPage = lazy(part(() => import('./rooms/drafts-page.tsx')));
export const RoomPane = lazy(part(() => import('./conversation/room-pane.tsx')));
export const ProfilePane = lazy(part(() => import('./people/profile-pane.tsx')));
export const JumpToDateDialog = lazy(part(() => import('./conversation/jump-to-date-dialog.tsx')));
export const CommandPalette = lazy(part(() => import('./palette/command-palette.tsx')));
export const ShortcutSheet = lazy(part(() => import('./palette/shortcut-sheet.tsx')));
export const SettingsDialog = lazy(part(() => import('./settings/settings-dialog.tsx')));
export const LogOutDialog = lazy(part(() => import('./account/log-out-dialog.tsx')));
export const NewGroupDialog = lazy(part(() => import('./people/new-group-dialog.tsx')));
export const NewWorkspaceDialog = lazy(part(() => import('./workspaces/new-workspace-dialog.tsx')));

/** Loads all parts after a while; returns a function that cancels it. A failure is tried again on use. */
export function loadPartsLater(): () => void {
  const timer = setTimeout(() => {
    for (const load of LOADERS) load().catch(() => {});
  }, DELAY_MS);
  return () => clearTimeout(timer);
}
