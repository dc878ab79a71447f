/**
 * Faults that the random histories must find: each changes one piece of code of the server.
 * The list represents mistakes that are easily made.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SERVER_SOURCES } from './sources.ts';

export interface PlantedFault {
  readonly name: string;
  /** Below `packages/server/src`. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly right: string;
  readonly wrong: string;
  /** The first seed to try, for a fault that few histories hit: it found the fault; default 1. */
  readonly firstSeed?: number;
  /** For a fault between nodes; default 1. */
  readonly nodeCount?: number;
}

export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    name: 'as the owner of a room, answers before the commit',
    file: 'domain/event-log/forwarded-command-receiver.ts',
    right: 'this.#options.commit(command, (result) => {',
    wrong: `this.#reply(from, link.number, [number, { kind: 'unlogged' }]);
      this.#options.commit(command, (result) => {`,
    firstSeed: 8,
    nodeCount: 2,
  },
  {
    name: 'commits a handed-over message again with another key',
    file: 'domain/event-log/commit-router.ts',
    right: 'this.#options.queue.submit(each.command, (result) =>',
    wrong:
      'this.#options.queue.submit({ ...each.command, clientMessageId: undefined }, (result) =>',
    firstSeed: 102,
    nodeCount: 2,
  },
  {
    name: 'sends the event of a handed-over message to its author before the acknowledgement',
    file: 'domain/event-log/commit-router.ts',
    right: `if (own !== undefined) {
      this.#settle(own, { kind: 'stored', event });`,
    wrong: 'if (own !== undefined) {',
    firstSeed: 8,
    nodeCount: 2,
  },
  {
    name: 'acknowledges a commit whose outcome is unknown',
    file: 'domain/delivery/log-writer.ts',
    right: 'onAcknowledged(unavailable(commitResult.error));',
    wrong: `onAcknowledged(toAcknowledgement(command, {
        ...toUnlogged(command),
        sequence: (this.#dependencies.streams.get(command.roomId)?.head ?? 0) + 1,
      }));`,
    firstSeed: 111,
  },
  {
    name: 'acknowledges a command before it has sent earlier events',
    file: 'domain/delivery/log-writer.ts',
    right: 'else subscription.acknowledgeAt(sequence, run);',
    wrong: "else run('stored');",
  },
  {
    name: 'sends an event twice that arrives twice',
    file: 'domain/delivery/room-subscription.ts',
    right: `if (sequence <= this.position) return false;
    const isNext = sequence === this.position + 1;`,
    wrong: 'const isNext = sequence <= this.position + 1;',
    firstSeed: 17,
  },
  {
    name: 'sends an event although the one before it is missing',
    file: 'domain/delivery/room-subscription.ts',
    right: 'const isNext = sequence === this.position + 1;',
    wrong: 'const isNext = sequence > this.position;',
  },
  {
    name: 'passes on an event before the one that was lost',
    file: 'domain/delivery/room-stream.ts',
    right: 'if (this.#head === undefined || event.sequence > this.#head + 1) {',
    wrong: 'if (this.#head === undefined) {',
    firstSeed: 12,
  },
  {
    name: 'starts a subscription after the newest event instead of after the snapshot',
    file: 'domain/delivery/room-subscription.ts',
    right: 'for (const event of this.stream.recentEventsAfter(headSequence) ?? []) {',
    wrong: 'for (const event of this.stream.recentEventsAfter(headSequence)?.slice(-1) ?? []) {',
    firstSeed: 14,
  },
  {
    name: 'advances the position of a slow client that was sent nothing',
    file: 'domain/delivery/room-subscription.ts',
    right: 'if (isNext && encoded.sendTo(this.connection)) {',
    wrong: 'if (isNext && (encoded.sendTo(this.connection) || true)) {',
  },
  {
    name: 'answers a repeated request for a room before its pending acknowledgements',
    file: 'domain/delivery/room-subscription.ts',
    right: 'if (last === undefined) return true;',
    wrong: 'return true;',
    firstSeed: 8,
  },
  {
    name: 'acknowledges a message after a snapshot that contains it',
    file: 'domain/rooms/snapshot-subscriber.ts',
    right: 'if (connection.pendingCommands > 0) await commits.settleCurrent(room.id);',
    wrong: '',
    firstSeed: 300,
  },
  {
    name: 'closes a room silently if its subscription cannot resume',
    file: 'domain/rooms/subscription-lifecycle.ts',
    right: 'else if (!subscription.resume()) this.resync(subscription);',
    wrong: 'else if (!subscription.resume()) this.close(subscription);',
    firstSeed: 930,
  },
  {
    name: 'closes a subscription before the client knows that it has left the room',
    file: 'domain/rooms/subscription-lifecycle.ts',
    right: `reply();
    this.close(subscription);`,
    wrong: `this.close(subscription);
    reply();`,
    firstSeed: 335,
  },
  {
    name: 'greets a client with a conversation that is not open yet',
    file: 'domain/direct/auto-subscriber.ts',
    right: 'missing = findMissing(listed.rooms);\n    }',
    wrong: 'missing = [];\n    }',
    firstSeed: 27,
  },
  {
    name: 'lets an event reopen a room that was closed because the client is too far behind',
    file: 'domain/direct/auto-subscriber.ts',
    right: 'if (connection.isClosed || connection.subscriptions.has(roomId)) return;',
    wrong: 'if (connection.isClosed || connection.hasOpen(roomId)) return;',
    firstSeed: 500,
  },
  {
    name: 'keeps the existing subscription when the client opens the room again',
    file: 'domain/rooms/subscription-lifecycle.ts',
    right: 'if (existing !== undefined) this.close(existing);',
    wrong: '',
  },
  {
    name: 'includes the bound in a page of history',
    file: 'stores/sql/log.ts',
    right: 'm.sequence_number < $3',
    wrong: 'm.sequence_number <= $3',
  },
  {
    name: 'omits edits when it replays missed events',
    file: 'stores/sql/log.ts',
    right: "e.kind <> 'message'",
    wrong: "e.kind NOT IN ('message', 'edit')",
  },
  {
    name: 'replays missed events from one event too late',
    file: 'stores/sql/log.ts',
    right: 'const { lastSequence: above } = position;',
    wrong: 'const above = position.lastSequence + 1;',
  },
  {
    name: 'sends a truncated history without marking it as truncated',
    file: 'stores/sql/log.ts',
    right: 'truncated: position !== undefined,',
    wrong: 'truncated: false,',
  },
  {
    name: 'stores a retry again',
    file: 'stores/sqlite/commit.ts',
    right: 'if (!writeKey(database, command, position)) return',
    wrong: "if (!writeKey(database, command, position) && command.userId === '') return",
  },
  {
    name: "counts the sender's own messages as unread",
    file: 'stores/sqlite/effects.ts',
    right: 'log.moveOwnPosition(messageId, position);',
    wrong: '',
  },
  {
    name: 'counts messages as unread that retention has deleted',
    file: 'stores/sql/unread.ts',
    right: 'countUnread(row.head_ordinal, row.last_read_ordinal, row.pruned_ordinal)',
    wrong: 'countUnread(row.head_ordinal, row.last_read_ordinal)',
  },
  {
    name: 'deletes messages that are not old enough',
    file: 'stores/sql/retention.ts',
    right: 'AND created_at < $3 ORDER',
    wrong: 'AND $3 > 0 ORDER',
  },
  {
    name: 'waits forever for events that retention has deleted',
    file: 'domain/delivery/gap-repair.ts',
    right: 'stream.skipTo(page.firstSequence);',
    wrong: '',
    firstSeed: 258,
  },
  {
    name: 'does not find an event that the bus has lost',
    file: 'domain/delivery/room-stream-registry.ts',
    right: 'else stream.learnHead(sequence);',
    wrong: '',
    firstSeed: 26,
    nodeCount: 2,
  },
  {
    name: 'misses a conversation whose membership the bus has lost',
    file: 'domain/cluster/cluster-memberships.ts',
    right: 'this.#remaining = [...this.#options.connectedUsers.ids()];',
    wrong: '',
    firstSeed: 72,
    nodeCount: 2,
  },
  {
    name: 'starts a conversation that another node has begun at its own message',
    file: 'domain/direct/direct-room-finder.ts',
    right: "events.emit('roomFound', userId, room);",
    wrong: '',
    firstSeed: 241,
    nodeCount: 2,
  },
  {
    name: 'starts a conversation of another node after the message that began it',
    file: 'domain/direct/auto-subscriber.ts',
    right: 'const sequence = event === undefined ? 0 : event.sequence - 1;',
    wrong: 'const sequence = event?.sequence ?? 0;',
    nodeCount: 2,
  },
  {
    name: 'keeps the connections of a session whose end the bus has lost',
    file: 'domain/accounts/session-revocation-watch.ts',
    right: "for (const sessionKey of keys) onRevoked({ kind: 'session', sessionKey });",
    wrong: '',
    firstSeed: 41,
    nodeCount: 2,
  },
  {
    name: 'counts a user twice who has a room open on two nodes',
    file: 'domain/delivery/room-participants.ts',
    right: 'filter((id) => !isHere(id))',
    wrong: 'filter((id) => !isHere(id) || true)',
    nodeCount: 3,
  },
  {
    name: 'trusts the records of a node whose lease has expired',
    file: 'domain/delivery/replicated-map.ts',
    right: 'if (!isHeld) this.#drop(nodeId, node);',
    wrong: 'if (!isHeld) void this.#drop;',
    firstSeed: 36,
    nodeCount: 3,
  },
  {
    name: 'does not repeat that its users are connected',
    file: 'domain/presence/user-presence.ts',
    right: 'this.#elsewhere.assert();',
    wrong: '',
    nodeCount: 3,
  },
  {
    name: 'takes the participants of a silent node for present',
    file: 'domain/cluster/participant-renewals.ts',
    right:
      'return node !== undefined && this.#options.clock.monotonicMs() < node.heardAtMs + LEASE_MS;',
    wrong: 'return node !== undefined && LEASE_MS > 0;',
    firstSeed: 36,
    nodeCount: 3,
  },
  {
    name: 'does not say in which rooms its participants have changed',
    file: 'domain/cluster/participant-renewals.ts',
    right: 'versions.push([room.id, version]);',
    wrong: '',
    firstSeed: 29,
    nodeCount: 3,
  },
  {
    name: 'ignores a gap in the numbers of the renewals of another node',
    file: 'domain/cluster/participant-renewals.ts',
    right: 'const isMissed = !isComplete && number !== node.number + 1 && this.#listed.size > 0;',
    wrong: 'const isMissed = false;',
    firstSeed: 681,
    nodeCount: 3,
  },
  {
    name: 'ignores a gap in the numbers of the changes of another node',
    file: 'domain/delivery/replicated-map.ts',
    right: 'message.version === node.version + 1;',
    wrong: 'message.version > node.version;',
    firstSeed: 39,
    nodeCount: 3,
  },
  {
    name: 'does not answer a node that has missed records',
    file: 'domain/delivery/replicated-map.ts',
    right:
      "this.#options.publish({ kind: 'all', version: this.#version, records: [...this.#own] });",
    wrong: 'void this.#options;',
    nodeCount: 3,
  },
  {
    name: 'drops every control message about the users in a room',
    file: 'domain/delivery/room-stream-registry.ts',
    right: 'participants.elsewhere?.receive(message.change, from);',
    wrong: 'void from;',
    nodeCount: 3,
  },
  {
    name: 'announces that a user has left who has the room open on another node',
    file: 'domain/delivery/room-participants.ts',
    right: 'return wasPresent && !isPresent;',
    wrong: 'return wasPresent;',
    nodeCount: 3,
  },
  {
    name: 'shows a user as offline who is connected to another node',
    file: 'domain/presence/user-presence.ts',
    right: 'if (member === undefined) this.#broadcastPresence(person);',
    wrong: 'if (member?.userId !== null) this.#broadcastPresence(person);',
    nodeCount: 3,
  },
  {
    name: 'keeps the presence that a user has replaced on another node',
    file: 'domain/presence/user-presence.ts',
    right: 'after.chosenAtMs > person.chosenAtMs)',
    wrong: 'after.chosenAtMs < person.chosenAtMs)',
    nodeCount: 3,
  },
  {
    name: 'dates a choice of presence by its own clock alone',
    file: 'domain/presence/user-presence.ts',
    right: 'Math.max(this.#clock.nowMs(), (last?.chosenAtMs ?? 0) + 1)',
    wrong: 'this.#clock.nowMs()',
    firstSeed: 24,
    nodeCount: 3,
  },
  {
    name: 'relies on the bus alone to learn what other nodes have stored',
    file: 'domain/cluster/head-exchange.ts',
    right: 'await this.#compare(this.#remaining.splice(0, ROOMS_COMPARED_MAX));',
    wrong: '',
    firstSeed: 313,
    nodeCount: 3,
  },
  {
    name: 'acknowledges what the bus has reported before it is stored',
    file: 'domain/delivery/gap-repair.ts',
    right: 'await commits.settleCurrent(id, page.events);',
    wrong: '',
    nodeCount: 3,
  },
  {
    name: 'opens a new conversation of a node with a slow clock at its latest message',
    file: 'domain/direct/auto-subscriber.ts',
    right: 'const NEW_ROOM_MS = 10 * 60_000;',
    wrong: 'const NEW_ROOM_MS = 60_000;',
    firstSeed: 782,
    nodeCount: 3,
  },
  {
    name: 'keeps the epoch of a log that has lost its end',
    file: 'stores/sql/rows.ts',
    right: "'log_id' | 'generation'>): Epoch {",
    wrong: "'log_id' | 'generation'>): Epoch {\n  log_id = generation = 'same';",
    firstSeed: 10,
    nodeCount: 3,
  },
  {
    name: 'forgets an epoch: goes on in the log that follows, as if it were the same one',
    file: 'domain/delivery/room-stream.ts',
    right: 'for (const subscription of [...this.#subscriptions]) subscription.restart();',
    wrong: '',
    firstSeed: 17,
    nodeCount: 3,
  },
  {
    name: 'acknowledges in the former log what is stored in the next one',
    file: 'domain/delivery/log-writer.ts',
    right: 'if (stream?.follow(epoch, since) !== false) return true;',
    wrong: 'if (stream !== null) return true;',
    firstSeed: 17,
    nodeCount: 3,
  },
  {
    name: 'sends the events of a room to a user who was removed from it',
    file: 'domain/delivery/room-subscription.ts',
    right: `this.#owner.handleAccessLost(this, sequence);
      return true;`,
    wrong: 'return true;',
    firstSeed: 8,
    nodeCount: 3,
  },
  {
    name: 'opens a room for a user who is no longer a member',
    file: 'domain/rooms/snapshot-subscriber.ts',
    right: 'if (state.isMember) {',
    wrong: 'if (state !== null) {',
    firstSeed: 877,
    nodeCount: 3,
  },
  {
    name: 'keeps a user in the list of clients that joined behind the removal of the user',
    file: 'domain/rooms/participant-announcer.ts',
    right: 'connection.openRoom(room.id)?.wasListedBehind(loggedAt) === true),',
    wrong: 'connection.openRoom(room.id) === null),',
    firstSeed: 779,
    nodeCount: 3,
  },
  {
    name: 'does not end when it is drained',
    file: 'domain/core/core.ts',
    right: 'await background.settle();',
    wrong: 'await new Promise(() => {});',
    nodeCount: 3,
  },
];

/**
 * Returns the source file with the fault.
 *
 * @throws {Error} if `right` does not occur exactly once: the source has changed.
 */
export function plant({ name, file, right, wrong }: PlantedFault): string {
  const text = readFileSync(join(SERVER_SOURCES, file), 'utf8');
  if (text.split(right).length !== 2) {
    throw new Error(`${name}: ${file} does not contain this exactly once: ${right}`);
  }
  return text.replace(right, () => wrong);
}
