/**
 * Tells connected moderators how many reports are open of those that each of them is shown, when that changes. Not repaired: the list of
 * reports has the number too, and a page reads it at each connection.
 */
import { mayReadReports } from '../../model/administration-rules.ts';
import type { Core } from '../core/core.ts';
import { broadcast } from '../delivery/fan-out.ts';
import { readerOf } from './reports.ts';

export function tellOpenReports(
  core: Pick<Core, 'background' | 'connectedUsers' | 'events' | 'nodes' | 'store'>,
): void {
  const { background, connectedUsers, events, nodes, store } = core;
  const show = async (): Promise<void> => {
    for (const userId of [...connectedUsers.ids()]) {
      const connections = connectedUsers.connectionsOf(userId);
      const [first] = connections;
      if (first === undefined || !mayReadReports(first.user)) continue;
      const open = await store.reports.countOpenReports(readerOf(first.user));
      broadcast({ kind: 'reports', open }, connections);
    }
  };
  const tell = async (): Promise<void> => {
    // Nodes count for their own moderators; those of an earlier version show the number.
    if (nodes.isShared)
      nodes.send({ kind: 'reports', open: await store.reports.countOpenReports() });
    await show();
  };
  let unlisten: (() => void) | undefined;
  events.on('reportsChanged', 'reports', () => background.run(tell()));
  events.on('beginning', 'reports', async () => {
    if (nodes.isShared) unlisten = await nodes.listen({ reports: () => background.run(show()) });
  });
  events.on('closing', 'reports', () => unlisten?.());
}
