/** The programs of the measurement. */
import { join } from 'node:path';
import { Part } from '../harness/part.ts';
import type { HeartbeatLoadRequests } from './load.ts';
import type { HeartbeatRequests } from './subjects/host.ts';

export const SUBJECTS = ['parley', 'ws'] as const;

export function startServer(subject: string): Part<HeartbeatRequests> {
  const file = join(import.meta.dirname, 'subjects', `${subject}.ts`);
  return new Part<HeartbeatRequests>({ side: 'server', file });
}

export function startLoad(): Part<HeartbeatLoadRequests> {
  return new Part<HeartbeatLoadRequests>({
    side: 'load',
    file: join(import.meta.dirname, 'load.ts'),
  });
}
