/** Every dialect, one row each: the matrix combines each with each. */
import { channelsWay } from './dialects/flat.ts';
import { httpWay } from './dialects/http.ts';
import { nativeWay } from './dialects/native.ts';
import { socketIoWay } from './dialects/socketio.ts';
import type { Way } from './way.ts';

export const WAYS: readonly Way[] = [nativeWay, socketIoWay, channelsWay, httpWay];
