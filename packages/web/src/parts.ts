/**
 * Parts of the page that are not in the first load. They are loaded when they are first shown, or
 * when the page has been idle after its start: then they open at once, also without a server.
 */
import { lazy } from 'react';
import { partOf } from './components/lazy-until-loaded.ts';

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
export const ResetPage = lazy(() => import('./account/reset-page.tsx'));
export const loadSteps = part(() => import('./chat/shortcut-steps.ts'));
export const ColumnResizer = lazy(part(() => import('./chat/column-resizer.tsx')));
export const FileDrop = lazy(part(() => import('./chat/file-drop.tsx')));
export const HomePage = lazy(part(() => import('./rooms/home-page.tsx')));
export const BrowsePage = lazy(part(() => import('./rooms/browse-page.tsx')));
export const NamedRoomPage = lazy(part(() => import('./rooms/named-room-page.tsx')));
export const InvitePage = lazy(part(() => import('./rooms/invite-page.tsx')));
export const PersonPage = lazy(part(() => import('./people/person-page.tsx')));
export const ThreadMessages = lazy(part(() => import('./conversation/thread-messages.tsx')));
export const MemberColumn = lazy(part(() => import('./members/member-column.tsx')));
export const WorkspaceSections = lazy(part(() => import('./workspaces/workspace-sections.tsx')));
export const ConversationMenu = lazy(part(() => import('./conversation/conversation-menu.tsx')));
export const ActivityPage = lazy(part(() => import('./activity/activity-page.tsx')));
export const SearchPage = lazy(part(() => import('./search/search-page.tsx')));
export const loadSearchInRoom = part(() => import('./search/search-in-room.ts'));
export const AdminPage = lazy(part(() => import('./admin/admin-page.tsx')));
export const ModerationNotices = lazy(part(() => import('./people/moderation-notices.tsx')));
export const DraftsPage = lazy(part(() => import('./rooms/drafts-page.tsx')));
export const PinsPane = lazy(part(() => import('./conversation/pins-pane.tsx')));
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
