/**
 * Tells connected moderators how many reports are open, when that changes. Not repaired: the list of
 * reports has the number too, and a page reads it at each connection.
 */
import { mayReadReports } from '../../model/administration-rules.ts';
import type { Core } from '../core/core.ts';
import { broadcast } from '../delivery/fan-out.ts';

export function tellOpenReports(
  core: Pick<Core, 'background' | 'connectedUsers' | 'events' | 'nodes' | 'store'>,
): void {
  const { background, connectedUsers, events, nodes, store } = core;
  const show = (open: number): void => {
    for (const userId of connectedUsers.ids()) {
      const connections = connectedUsers.connectionsOf(userId);
      const [first] = connections;
      if (first !== undefined && mayReadReports(first.user)) {
        broadcast({ kind: 'reports', open }, connections);
      }
    }
  };
  const tell = async (): Promise<void> => {
    const open = await store.reports.countOpenReports();
    show(open);
    if (nodes.isShared) nodes.send({ kind: 'reports', open });
  };
  let unlisten: (() => void) | undefined;
  events.on('reportsChanged', 'reports', () => background.run(tell()));
  events.on('beginning', 'reports', async () => {
    if (nodes.isShared) unlisten = await nodes.listen({ reports: ({ open }) => show(open) });
  });
  events.on('closing', 'reports', () => unlisten?.());
}
