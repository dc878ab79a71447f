/**
 * The exchange with the other nodes, and the repair of what the bus has lost: opened on the core
 * after all features, and only if there are other nodes.
 */

import type { SessionRevocationWatch } from '../accounts/session-revocation-watch.ts';
import type { Core } from '../core/core.ts';
import type { AutoSubscriber } from '../direct/auto-subscriber.ts';
import type { UserPresence } from '../presence/user-presence.ts';
import type { SubscriptionLifecycle } from '../rooms/subscription-lifecycle.ts';
import { ClusterExchange } from './cluster-exchange.ts';
import { ClusterMemberships } from './cluster-memberships.ts';
import { HeadExchange } from './head-exchange.ts';
import { ParticipantRenewals } from './participant-renewals.ts';

interface ClusterFeatures {
  readonly presence: UserPresence;
  readonly revocations: Pick<SessionRevocationWatch, 'ensureCurrent'>;
  readonly conversations: Pick<AutoSubscriber, 'openFromOtherNode'>;
  readonly subscriptions: Pick<SubscriptionLifecycle, 'resyncAll'>;
}

/** Returns undefined for a server that is the only node. */
export function openCluster(core: Core, features: ClusterFeatures): ClusterExchange | undefined {
  const { bus, connectedUsers, events, nodes, streams, userMessages } = core;
  if (!bus.isShared) return undefined;
  const { presence, revocations, conversations, subscriptions } = features;
  const heads = new HeadExchange({
    ...{ ...core, memberRooms: connectedUsers.memberRooms },
    beforeComparing: () => revocations.ensureCurrent(),
    onMoved: (roomId) => events.emit('headMoved', roomId),
    onMissing: (roomId) => {
      const stream = streams.get(roomId);
      if (stream !== undefined) subscriptions.resyncAll(stream);
    },
  });
  const participantRenewals = new ParticipantRenewals({
    ...core,
    otherNodeIds: () => presence.otherNodeIds(),
  });
  nodes.holdsParticipants = (nodeId) => participantRenewals.holds(nodeId);
  const memberships = new ClusterMemberships({ ...core, conversations });
  const exchange = new ClusterExchange({
    ...{ ...core, presence, participantRenewals, headExchange: heads },
    clusterMemberships: memberships,
  });

  events.on('stored', 'heads', (event) => heads.note(event));
  events.on('welcomed', 'heads', (_connection, listed) => heads.noteListed(listed));
  events.on('membershipsListed', 'memberships', (userId, listed) => {
    memberships.noteListed(userId, listed);
  });
  events.on('roomFound', 'memberships', (userId, room) => memberships.noteFound(userId, room));
  events.on('userSubscribed', 'memberships', (userId) => memberships.compareUser(userId));
  userMessages.on('membership', 'memberships', (userId, message) => {
    memberships.receive(userId, message);
  });
  userMessages.on('membership-ended', 'memberships', (userId, message) => {
    memberships.receive(userId, message);
  });
  events.on('beginning', 'cluster', () => exchange.begin());
  events.on('closing', 'cluster', () => exchange.close());
  return exchange;
}
