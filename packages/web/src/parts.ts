/**
 * Parts of the page that are not in the first load. They are loaded when they are first shown, or
 * when the page has been idle after its start: then they open at once, also without a server.
 */
import { lazy } from 'react';

/** Time for the first messages to arrive before other parts are loaded. */
const DELAY_MS = 4_000;

const LOADERS: (() => Promise<unknown>)[] = [];

function part<Module>(load: () => Promise<Module>): () => Promise<Module> {
  LOADERS.push(load);
  return load;
}

const signIn = () => import('./account/sign-in-page.tsx');
const browse = part(() => import('./rooms/browse-page.tsx'));
const named = part(() => import('./rooms/named-room-page.tsx'));
const person = part(() => import('./people/person-page.tsx'));
const thread = part(() => import('./conversation/thread-pane.tsx'));
const members = part(() => import('./members/member-column.tsx'));
const menu = part(() => import('./conversation/conversation-menu.tsx'));
const workspaces = part(() => import('./workspaces/workspace-sections.tsx'));

export const SignInPage = lazy(async () => ({ default: (await signIn()).SignInPage }));
export const BrowsePage = lazy(async () => ({ default: (await browse()).BrowsePage }));
export const NamedRoomPage = lazy(async () => ({ default: (await named()).NamedRoomPage }));
export const PersonPage = lazy(async () => ({ default: (await person()).PersonPage }));
export const ThreadPane = lazy(async () => ({ default: (await thread()).ThreadPane }));
export const MemberColumn = lazy(async () => ({ default: (await members()).MemberColumn }));
export const WorkspaceSections = lazy(async () => ({
  default: (await workspaces()).WorkspaceSections,
}));
export const ConversationMenu = lazy(async () => ({ default: (await menu()).ConversationMenu }));
export const ActivityPage = lazy(part(() => import('./activity/activity-page.tsx')));
export const DraftsPage = lazy(part(() => import('./rooms/drafts-page.tsx')));
export const PinsPane = lazy(part(() => import('./conversation/pins-pane.tsx')));
export const ProfilePane = lazy(part(() => import('./people/profile-pane.tsx')));
export const CommandPalette = lazy(part(() => import('./palette/command-palette.tsx')));
export const ShortcutSheet = lazy(part(() => import('./palette/shortcut-sheet.tsx')));
export const SettingsDialog = lazy(part(() => import('./settings/settings-dialog.tsx')));
export const NewGroupDialog = lazy(part(() => import('./people/new-group-dialog.tsx')));
export const NewWorkspaceDialog = lazy(part(() => import('./workspaces/new-workspace-dialog.tsx')));

/** Loads all parts after a while; returns a function that cancels it. A failure is tried again on use. */
export function loadPartsLater(): () => void {
  const timer = setTimeout(() => {
    for (const load of LOADERS) load().catch(() => {});
  }, DELAY_MS);
  return () => clearTimeout(timer);
}
