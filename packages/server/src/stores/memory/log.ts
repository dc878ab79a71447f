import type { Epoch } from '@parley/protocol';
import {
  type CommitOutcome,
  canCatchUp,
  type LogCommand,
  type LogStore,
} from '../../ports/log-store.ts';
import type { LogHead } from '../../ports/model.ts';
import { type StoredRoom, type Tables, userById } from './tables.ts';

export function memoryLogStore(tables: Tables): LogStore {
  const { rooms } = tables;
  return {
    async commit(commands) {
      return commands.map((command) => commitOne(tables, command));
    },
    async readHistory({ roomId, before, after, limit }) {
      const all = rooms.get(roomId)?.messages ?? [];
      if (after !== undefined) {
        const newer = all.filter((message) => message.sequence > after);
        return { messages: newer.slice(0, limit), hasMore: newer.length > limit };
      }
      const older = all.filter((message) => before === undefined || message.sequence < before);
      return { messages: older.slice(-limit), hasMore: older.length > limit };
    },
    async readRoom({ roomId, position, historyCount, catchUpMax }) {
      const stored = rooms.get(roomId);
      if (stored === undefined) return undefined;
      const head = headOf(tables, stored);
      const log = {
        headSequence: head.sequence,
        firstSequence: 1,
        epoch: head.epoch,
        idAtPosition: position && stored.messages[position.lastSequence - 1]?.id,
      };
      if (position !== undefined && canCatchUp(position, log, catchUpMax)) {
        return { head, truncated: false, history: stored.messages.slice(position.lastSequence) };
      }
      const history = historyCount === 0 ? [] : stored.messages.slice(-historyCount);
      return { head, truncated: position !== undefined, history };
    },
    async readEvents(roomId, after, limit) {
      const messages = rooms.get(roomId)?.messages.slice(after, after + limit) ?? [];
      return messages.map((message) => ({
        kind: 'message',
        roomId,
        sequence: message.sequence,
        ordinal: message.sequence,
        message,
      }));
    },
  };
}

/** Every event is a message so far: sequence and ordinal are both their number. */
export function headOf(tables: Tables, stored: StoredRoom): LogHead {
  return {
    sequence: stored.messages.length,
    ordinal: stored.messages.length,
    // An epoch of this store is made here and nowhere else.
    epoch: `${stored.logId}.${tables.generation}` as Epoch,
    lastActivityAtMs: stored.lastEventAtMs,
  };
}

function commitOne(tables: Tables, command: LogCommand): CommitOutcome {
  const stored = tables.rooms.get(command.roomId);
  if (stored === undefined) return { kind: 'rejected', code: 'NOT_FOUND' };
  const key = `${command.userId} ${command.clientMessageId}`;
  const repeated = command.clientMessageId === undefined ? undefined : stored.sendKeys.get(key);
  if (repeated !== undefined) {
    const { fingerprint, ...first } = repeated;
    if (fingerprint !== command.fingerprint) return { kind: 'rejected', code: 'CONFLICT' };
    return { kind: 'duplicate', ...first };
  }
  const sender = userById(tables, command.userId)?.user.username;
  if (sender === undefined || !stored.readPositions.has(command.userId)) {
    return { kind: 'rejected', code: 'FORBIDDEN' };
  }

  const sequence = stored.messages.length + 1;
  const createdAtMs = Math.max(stored.lastEventAtMs, command.admittedAtMs);
  const { messageId, roomId, userId, content, clientMessageId, fingerprint } = command;
  stored.lastEventAtMs = createdAtMs;
  stored.messages.push({
    id: messageId,
    roomId,
    userId,
    sender,
    content,
    createdAtMs,
    sequence,
    clientMessageId,
  });
  if (clientMessageId !== undefined) {
    stored.sendKeys.set(key, { fingerprint, messageId, sequence, createdAtMs });
  }
  stored.readPositions.set(userId, { sequence, ordinal: sequence });
  return { kind: 'stored', sequence, ordinal: sequence, createdAtMs };
}
