/**
 * The operator's log: one JSON line on standard output for each entry of the
 * journal. The text of a line never changes; what differs is in its fields.
 */
import { type DestinationStream, pino } from 'pino';
import type { Logger, LogRecord } from '../ports/logger.ts';
import { stdoutStream } from './stdout-stream.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'silent';

/** By who must act: `error` us, now; `warn` the operator, soon; `info` life cycle; `debug` a message's way. */
export const LEVELS: Readonly<Record<LogRecord['event'], Exclude<LogLevel, 'silent'>>> =
  Object.freeze({
    'account.registered': 'info',
    'assistant.answered': 'info',
    'assistant.failed': 'warn',
    'assistant.limited': 'info',
    'command.failed': 'error',
    'command.refused': 'info',
    'connection.closed': 'info',
    'connection.dead': 'info',
    'connection.duplicate': 'warn',
    'connection.failed': 'info',
    'connection.opened': 'info',
    'connection.refused': 'info',
    'host.refused': 'warn',
    'log.delivered': 'debug',
    'log.stored': 'debug',
    'login.refused': 'info',
    'message.received': 'debug',
    'message.suspicious': 'info',
    'retention.pruned': 'info',
    'room.created': 'info',
    'room.deleted': 'info',
    'room.joined': 'info',
    'room.left': 'info',
    'room.resync': 'warn',
    'server.failed': 'error',
    'server.listening': 'info',
    'server.state': 'debug',
    'server.stopped': 'info',
    'server.stopping': 'info',
    'session.ended': 'info',
    'session.started': 'info',
    'sockets.full': 'warn',
    'certificate.changed': 'info',
    'certificate.refused': 'error',
    'store.down': 'error',
    'sessions.down': 'error',
    'store.failed': 'error',
    'store.up': 'warn',
    'sessions.up': 'warn',
  });

export function createLogger(
  level: LogLevel,
  destination: DestinationStream = stdoutStream(),
): Logger {
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'event',
      timestamp: () => `,"timeMs":${Date.now()}`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  return {
    record(entry) {
      const at = LEVELS[entry.event];
      // First of all: three entries for each message are made for a level that is mostly off.
      if (!logger.isLevelEnabled(at)) return;
      const { event, ...fields } = entry;
      logger[at]('error' in fields ? { ...fields, error: describe(fields.error) } : fields, event);
    },
  };
}

function describe(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const cause = error.cause === undefined ? {} : { cause: describe(error.cause) };
  return { name: error.name, message: error.message, stack: error.stack, ...cause };
}
