export type {
  DebugEntry,
  EndEntry,
  FaultEntry,
  FrameEntry,
  HandshakeEntry,
} from './node/observability/debug-log-entries.ts';
export {
  createDebugLog,
  type DebugLog,
  type DebugLogOptions,
  type DebugRecorder,
} from './node/observability/debug-recorder.ts';
