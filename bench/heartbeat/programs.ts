/** The programs of the measurement. */
import { join } from 'node:path';
import { ChildProgram } from '../harness/child-program.ts';
import type { HeartbeatLoadRequests } from './load.ts';
import type { HeartbeatRequests } from './subjects/host.ts';

export const SUBJECTS = ['parley', 'ws'] as const;

export function startServer(subject: string): ChildProgram<HeartbeatRequests> {
  const file = join(import.meta.dirname, 'subjects', `${subject}.ts`);
  return new ChildProgram<HeartbeatRequests>({ side: 'server', file });
}

export function startLoad(): ChildProgram<HeartbeatLoadRequests> {
  return new ChildProgram<HeartbeatLoadRequests>({
    side: 'load',
    file: join(import.meta.dirname, 'load.ts'),
  });
}
