/**
 * Contract of every store. Test files of adapters call it once with a function that opens an empty
 * store; the cases are independent of the adapter.
 */
import type { Store } from '../../src/ports/store.ts';
import { testAccess } from './access.ts';
import { testAccountStore } from './account-store.ts';
import { testAttachments } from './attachments.ts';
import { testAudit } from './audit.ts';
import { testEventLog } from './event-log.ts';
import { testFiles } from './files.ts';
import { testHistoryAround } from './history-around.ts';
import { testInvitations } from './invitations.ts';
import { testInvites } from './invites.ts';
import { testLogBatches } from './log-batches.ts';
import { testLogChanges } from './log-changes.ts';
import { testMembers } from './members.ts';
import { testPageBytes } from './page-bytes.ts';
import { testPasswordChange } from './password-change.ts';
import { testPins } from './pins.ts';
import { testReadSteps } from './read-steps.ts';
import { testRemovals } from './removals.ts';
import { testReports } from './reports.ts';
import { testRestrictions } from './restrictions.ts';
import { testRetention } from './retention.ts';
import { testRoomStore } from './room-store.ts';
import { testSearch } from './search.ts';
import { testSecondFactors } from './second-factors.ts';
import { testSessionStore } from './session-store.ts';
import { testUnknownRoles } from './unknown-roles.ts';
import { testUnread } from './unread.ts';
import { testWorkspaces } from './workspaces.ts';

export function testStoreContract(adapter: string, openEmpty: () => Promise<Store>): void {
  testAccountStore(adapter, openEmpty);
  testSessionStore(adapter, openEmpty);
  testPasswordChange(adapter, openEmpty);
  testSecondFactors(adapter, openEmpty);
  testRoomStore(adapter, openEmpty);
  testMembers(adapter, openEmpty);
  testEventLog(adapter, openEmpty);
  testLogChanges(adapter, openEmpty);
  testPageBytes(adapter, openEmpty);
  testHistoryAround(adapter, openEmpty);
  testPins(adapter, openEmpty);
  testAttachments(adapter, openEmpty);
  testFiles(adapter, openEmpty);
  testLogBatches(adapter, openEmpty);
  testRetention(adapter, openEmpty);
  testAccess(adapter, openEmpty);
  testRestrictions(adapter, openEmpty);
  testUnread(adapter, openEmpty);
  testReadSteps(adapter, openEmpty);
  testWorkspaces(adapter, openEmpty);
  testInvitations(adapter, openEmpty);
  testInvites(adapter, openEmpty);
  testAudit(adapter, openEmpty);
  testSearch(adapter, openEmpty);
  testRemovals(adapter, openEmpty);
  testReports(adapter, openEmpty);
  testUnknownRoles(adapter, openEmpty);
}
