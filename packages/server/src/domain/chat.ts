/**
 * The composition root of the domain: opens the core, and each feature on it. Gateways and routes
 * receive the services they use.
 */

import { type AccountsOptions, openAccounts } from './accounts/open-accounts.ts';
import { openActivity } from './activity/open-activity.ts';
import type { AssistantOptions } from './assistant/assistant.ts';
import { openAssistant } from './assistant/open-assistant.ts';
import { openAudit } from './audit/open-audit.ts';
import { openBlocks } from './blocks/open-blocks.ts';
import { openCluster } from './cluster/open-cluster.ts';
import { openConnections } from './connections/open-connections.ts';
import { type CoreOptions, openCore } from './core/core.ts';
import { openCustomEmoji } from './custom-emoji/open-custom-emoji.ts';
import { openDirect } from './direct/open-direct.ts';
import { type FilesOptions, openFiles } from './files/open-files.ts';
import { type ImportsOptions, openImports } from './imports/open-imports.ts';
import { openInvitations } from './invitations/open-invitations.ts';
import { openInvites } from './invites/open-invites.ts';
import { openMessages } from './messages/open-messages.ts';
import { openPresence } from './presence/open-presence.ts';
import { openPreviews, type PreviewsOptions } from './previews/open-previews.ts';
import { openRemovals } from './removals/open-removals.ts';
import { openReports } from './reports/open-reports.ts';
import { openRooms } from './rooms/open-rooms.ts';
import { openSaved } from './saved/open-saved.ts';
import { openScheduled } from './scheduled/open-scheduled.ts';
import { openSearch } from './search/open-search.ts';
import { openServerProfile } from './server-profile/open-server-profile.ts';
import { openThreads } from './threads/open-threads.ts';
import { openUserGroups } from './user-groups/open-user-groups.ts';
import { openWorkspaces } from './workspaces/open-workspaces.ts';

export interface ChatOptions
  extends CoreOptions,
    AccountsOptions,
    FilesOptions,
    ImportsOptions,
    PreviewsOptions {
  /** Undefined if there is no assistant. */
  readonly assistant?: AssistantOptions | undefined;
}

/** The services of the domain, by what they are about. */
export type Chat = ReturnType<typeof openChat>;

/**
 * Opens the features, each on the core and on those before it. `begin` must resolve before they are
 * used; `close` follows when every connection has closed.
 */
export function openChat(options: ChatOptions) {
  const core = openCore(options);
  const accounts = openAccounts(core, options);
  const presence = openPresence(core);
  const files = openFiles(core, accounts, options);
  const serverProfile = openServerProfile(core, files);
  const customEmoji = openCustomEmoji(core, files);
  const userGroups = openUserGroups(core);
  const messages = openMessages(core, presence, files, userGroups);
  const rooms = openRooms(core, presence, files);
  const direct = openDirect(core, presence, messages, rooms);
  const blocks = openBlocks(core, presence, direct);
  const invitations = openInvitations(core, rooms, direct, blocks, accounts);
  const invites = openInvites(core, accounts, direct, rooms);
  const workspaces = openWorkspaces(core, files, rooms, direct);
  const activity = openActivity(core, rooms, userGroups);
  const search = openSearch(core, rooms);
  const saved = openSaved(core, rooms);
  const threads = openThreads(core, rooms);
  const scheduled = openScheduled(core, files, rooms, direct);
  const previews = openPreviews(core, messages, options);
  const audit = openAudit(core);
  const reports = openReports(core, accounts);
  openRemovals(core, rooms);
  openImports(core, rooms, direct, options);
  openAssistant(core, options.assistant, accounts);
  const connections = openConnections(core, {
    ...{ ...accounts, ...presence, ...blocks, ...direct, ...rooms, ...userGroups },
  });
  const clusterExchange = openCluster(core, { ...accounts, ...presence, ...direct, ...rooms });
  const { connectedUsers, leases, router, queue: commits, budget, events } = core;

  return {
    ...accounts.services,
    ...presence.services,
    ...files.services,
    ...serverProfile.services,
    ...messages.services,
    ...rooms.services,
    ...direct.services,
    ...blocks.services,
    ...invitations.services,
    ...invites.services,
    ...workspaces.services,
    ...userGroups.services,
    ...customEmoji.services,
    ...activity.services,
    ...search.services,
    ...saved.services,
    ...threads.services,
    ...scheduled.services,
    ...previews.services,
    ...audit.services,
    ...reports.services,
    ...connections.services,
    connectedUsers,
    /** Undefined for a server that is the only node. */
    clusterExchange,
    /** For the rate limits of gateways and routes. */
    leases,
    /** Undefined if each node commits its own commands. */
    router,
    commits,
    /** The bytes that the process holds for its clients. */
    budget,
    /** The events of the core, for the test of their order. */
    events,
    begin: core.begin,
    close: core.close,
  };
}
