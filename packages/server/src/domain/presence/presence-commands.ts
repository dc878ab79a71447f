/** `set_presence`: sets how a user appears while connected. */

import { isBlank, LIMITS } from '@parley/protocol';
import type { Member } from '../../model/client-event.ts';
import type { ChatConnection } from '../delivery/chat-connection.ts';
import { type TextKind, toLine } from '../primitives/text-validation.ts';
import type { UserPresence } from './user-presence.ts';

export interface PresenceCommandsDependencies {
  readonly presence: Pick<UserPresence, 'setPresence' | 'reportActivity'>;
}

export interface PresenceRequest {
  readonly status: 'online' | 'away' | 'busy';
  readonly statusText: string | undefined;
}

const STATUS_TEXT: TextKind = {
  field: 'statusText',
  noun: 'The status text',
  lengthMax: LIMITS.statusTextLengthMax,
};

export class PresenceCommands {
  readonly #dependencies: PresenceCommandsDependencies;

  constructor(dependencies: PresenceCommandsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Sets status and text for all connections of the user; users who share a room get it at most once
   * a second.
   *
   * @throws {ChatError} VALIDATION_ERROR.
   */
  set(
    connection: ChatConnection,
    { status, statusText = '' }: PresenceRequest,
  ): Member | undefined {
    const { presence } = this.#dependencies;
    const text = isBlank(statusText) ? undefined : toLine(statusText, STATUS_TEXT);
    return presence.setPresence(connection, { status, statusText: text });
  }

  /** Records whether the user is active at this client. Returns the user's presence. */
  reportActivity(connection: ChatConnection, isIdle: boolean): Member | undefined {
    return this.#dependencies.presence.reportActivity(connection, isIdle);
  }
}
