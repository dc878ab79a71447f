/** The audit log as owners and admins of the server read it. */

import { ChatError } from '@parley/protocol';
import { mayReadAudit } from '../../model/administration-rules.ts';
import type { ShownEntry } from '../../model/audit.ts';
import type { Identity } from '../../model/identity.ts';
import type { Page } from '../../model/page.ts';
import type { AuditReader, AuditRequest } from './audit-reader.ts';

export class AuditLog {
  readonly #reader: Pick<AuditReader, 'list'>;

  constructor(reader: Pick<AuditReader, 'list'>) {
    this.#reader = reader;
  }

  /** @throws {ChatError} as `AuditReader.list`; FORBIDDEN for others, and a token only for connections. */
  async list(identity: Identity, request: AuditRequest): Promise<Page<ShownEntry>> {
    const isAllowed = mayReadAudit(identity.user) && identity.isConnectOnly !== true;
    if (!isAllowed) throw new ChatError('FORBIDDEN');
    return this.#reader.list(request);
  }
}
