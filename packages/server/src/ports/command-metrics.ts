/** Counts and times commands, for the operator. */
import type { ErrorCode } from '@parley/protocol';

export type DialectName = 'native' | 'socketio' | 'channels' | 'direct' | 'http';

export interface EndedCommand {
  readonly dialect: DialectName;
  /** As the client named it: any text, or null. An HTTP request is named by its method and route. */
  readonly command: string | null;
  readonly outcome: 'ok' | ErrorCode;
  readonly durationMs: number;
}

export interface CommandMetrics {
  /** Never throws. */
  noteCommand(ended: EndedCommand): void;
}
