export {
  createDebugLog,
  type DebugLog,
  type DebugLogOptions,
} from './node/observability/create-debug-log.ts';
export type {
  DebugEntry,
  FaultEntry,
  FrameEntry,
  HandshakeEntry,
} from './node/observability/debug-log-entries.ts';
