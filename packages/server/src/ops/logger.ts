/**
 * The operator's log: one JSON line on standard output per record. The event name of a line never
 * varies; details are in its fields.
 */
import { type DestinationStream, pino } from 'pino';
import type { Logger, LogRecord } from '../ports/logger.ts';
import { stdoutStream } from './stdout-stream.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'silent';

/** Levels by urgency: `error` needs action now; `warn` needs action soon; `info` is the life cycle of connections, sessions and rooms; `debug` traces messages. */
export const LEVELS: Readonly<Record<LogRecord['event'], Exclude<LogLevel, 'silent'>>> =
  Object.freeze({
    'account.registered': 'info',
    'assistant.answered': 'info',
    'assistant.failed': 'warn',
    'assistant.limited': 'info',
    'bus.down': 'error',
    'bus.failed': 'error',
    'bus.foreign': 'error',
    'bus.up': 'warn',
    'clock.differs': 'warn',
    'command.failed': 'error',
    'command.refused': 'info',
    'connection.closed': 'info',
    'connection.dead': 'info',
    'connection.duplicate': 'warn',
    'connection.failed': 'info',
    'connection.opened': 'info',
    'connection.refused': 'info',
    'files.unavailable': 'error',
    'files.unchecked': 'error',
    'files.harmful': 'warn',
    'host.refused': 'warn',
    'provider.unreachable': 'warn',
    'proxy.untrusted': 'warn',
    'import.elsewhere': 'warn',
    'import.failed': 'error',
    'import.finished': 'info',
    'log.delivered': 'debug',
    'log.stored': 'debug',
    'logger.dropped': 'warn',
    'login.refused': 'info',
    'factor.unreadable': 'warn',
    'mail.failed': 'warn',
    'message.received': 'debug',
    'message.suspicious': 'info',
    'origin.refused': 'warn',
    'page.missing': 'warn',
    'pictures.missing': 'warn',
    'preview.dropped': 'debug',
    'previews.failed': 'warn',
    'removal.finished': 'info',
    'retention.pruned': 'info',
    'room.created': 'info',
    'room.deleted': 'info',
    'room.joined': 'debug',
    'room.left': 'debug',
    'room.resync': 'warn',
    'server.failed': 'error',
    'server.listening': 'info',
    'units.started': 'info',
    'server.state': 'debug',
    'server.stopped': 'info',
    'server.stopping': 'info',
    'session.ended': 'info',
    'sign-in.failed': 'info',
    'session.started': 'info',
    'sockets.full': 'warn',
    'certificate.changed': 'info',
    'certificate.refused': 'error',
    'store.down': 'error',
    'secrets.differ': 'error',
    'sessions.down': 'error',
    'store.failed': 'error',
    'thumbnails.failed': 'warn',
    'store.unlocked': 'error',
    'store.locked': 'warn',
    'store.up': 'warn',
    'sessions.up': 'warn',
    'token.refused': 'info',
    'worker.ended': 'error',
    'worker.failed': 'error',
    'worker.silent': 'error',
    'worker.started': 'info',
  });

interface LoggerOptions {
  /** Standard output by default. */
  readonly destination?: DestinationStream | undefined;
  /** Name of the node of a cluster, for each line; undefined for a single server. */
  readonly node?: string | undefined;
  /** Number of the worker process, for each line; undefined if the server is one process. */
  readonly worker?: number | undefined;
}

export function createLogger(level: LogLevel, options: LoggerOptions = {}): Logger {
  const { destination, node, worker } = options;
  const logger = pino(
    {
      level,
      base: {
        ...(node === undefined ? {} : { node }),
        ...(worker === undefined ? {} : { worker }),
      },
      messageKey: 'event',
      timestamp,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination ?? stdoutStream((count) => recorder.record({ event: 'logger.dropped', count })),
  );
  const recorder: Logger = {
    record(entry) {
      const at = LEVELS[entry.event];
      // Checked first: three records per message are logged at a level that is mostly disabled.
      if (!logger.isLevelEnabled(at)) return;
      const { event, ...fields } = entry;
      logger[at]('error' in fields ? { ...fields, error: describe(fields.error) } : fields, event);
    },
  };
  return recorder;
}

/** The number for programs, the text for people. */
function timestamp(): string {
  const now = new Date();
  return `,"timeMs":${now.getTime()},"time":"${now.toISOString()}"`;
}

function describe(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const cause = error.cause === undefined ? {} : { cause: describe(error.cause) };
  return { name: error.name, message: error.message, stack: error.stack, ...cause };
}
