/** The cost of an idle connection: memory of the server after a forced collection. */
import type { Work } from '../harness/bench.ts';
import { withPrograms } from '../harness/child-program.ts';
import { findDescriptorObstacle } from '../harness/descriptors.ts';
import { findSubject, startServer } from './subjects.ts';
import { startGenerator } from './throughput.ts';

/**
 * Connections opened before the first reading and kept open, so that one-time allocations are not
 * counted.
 */
const WARM_UP_CONNECTIONS = 5_000;

export function idleMemoryWork(
  connections: number,
  subjects: Pick<Work, 'subjects' | 'optionalSubjects'>,
): Work {
  return {
    name: `memory of ${connections} idle connections`,
    ...subjects,
    metrics: {
      residentPerConnection: { unit: 'B', ratio: 'share' },
      heapPerConnection: { unit: 'B', ratio: 'share' },
    },
    findObstacle: () => findDescriptorObstacle(connections + WARM_UP_CONNECTIONS),
    run: async (subjectName) => {
      const subject = findSubject(subjectName);
      const programs = [startServer(subject), startGenerator(), startGenerator()] as const;
      return withPrograms(programs, async (server, first, generator) => {
        const port = await server.ask('start', { mode: 'echo', deflate: false });
        const { dialect } = subject;
        const idle = { kind: 'idle', payloadBytes: 0, inFlight: 0, deflate: false } as const;
        await first.ask('begin', { ...idle, port, dialect, connections: WARM_UP_CONNECTIONS });
        const before = await server.ask('memory');
        await generator.ask('begin', { ...idle, port, dialect, connections });
        const after = await server.ask('memory');
        await generator.ask('read');
        return {
          values: {
            residentPerConnection: (after.residentBytes - before.residentBytes) / connections,
            heapPerConnection: (after.heapBytes - before.heapBytes) / connections,
          },
        };
      });
    },
  };
}
