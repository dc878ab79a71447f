/** Every dialect, one row each: the matrix combines each with each. */

import type { DialectDriver } from '../dialect-driver.ts';
import { channelsDriver } from './flat.ts';
import { httpDriver } from './http.ts';
import { nativeDriver } from './native.ts';
import { socketIoDriver } from './socketio.ts';

export const DIALECT_DRIVERS: readonly DialectDriver[] = [
  nativeDriver,
  socketIoDriver,
  channelsDriver,
  httpDriver,
];
