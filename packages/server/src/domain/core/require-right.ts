/** Rights that a user has, or lacks, by the role on the server. */
import { ChatError } from '@parley/protocol';
import { permits, type Right } from '../../model/role-table.ts';
import type { User } from '../../model/user.ts';

/** @throws {ChatError} FORBIDDEN without the right. */
export function requireRight({ role }: Pick<User, 'role'>, right: Right): void {
  if (permits(right, { role })) return;
  throw new ChatError('FORBIDDEN', { message: 'Your role on the server does not permit this' });
}
