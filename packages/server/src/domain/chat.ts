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
import { openDirect } from './direct/open-direct.ts';
import { type FilesOptions, openFiles } from './files/open-files.ts';
import { openInvitations } from './invitations/open-invitations.ts';
import { openInvites } from './invites/open-invites.ts';
import { openMessages } from './messages/open-messages.ts';
import { openPresence } from './presence/open-presence.ts';
import { openRemovals } from './removals/open-removals.ts';
import { openReports } from './reports/open-reports.ts';
import { openRooms } from './rooms/open-rooms.ts';
import { openSearch } from './search/open-search.ts';
import { openWorkspaces } from './workspaces/open-workspaces.ts';

export interface ChatOptions extends CoreOptions, AccountsOptions, FilesOptions {
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
  const files = openFiles(core, options);
  const messages = openMessages(core, presence, files);
  const rooms = openRooms(core, presence);
  const direct = openDirect(core, presence, messages, rooms);
  const blocks = openBlocks(core, presence, direct);
  const invitations = openInvitations(core, rooms, direct, blocks);
  const invites = openInvites(core, accounts, direct, rooms);
  const workspaces = openWorkspaces(core, rooms, direct);
  const activity = openActivity(core, rooms);
  const search = openSearch(core, rooms);
  const audit = openAudit(core);
  const reports = openReports(core, accounts);
  openRemovals(core, rooms);
  openAssistant(core, options.assistant, accounts);
  const connections = openConnections(core, {
    ...{ ...accounts, ...presence, ...blocks, ...direct, ...rooms },
  });
  const clusterExchange = openCluster(core, { ...accounts, ...presence, ...direct, ...rooms });
  const { connectedUsers, leases, router, queue: commits, budget, events } = core;

  return {
    ...accounts.services,
    ...presence.services,
    ...files.services,
    ...messages.services,
    ...rooms.services,
    ...direct.services,
    ...blocks.services,
    ...invitations.services,
    ...invites.services,
    ...workspaces.services,
    ...activity.services,
    ...search.services,
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
