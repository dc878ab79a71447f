/** The privacy of the user: accepted messages and shown times. Pages load it when they need it. */
import type { Http } from '../connection/http.ts';

interface HasHttp {
  readonly http: Pick<Http, 'call'>;
}

export interface Privacy {
  /** Strangers can only invite the user to groups and workspaces instead of adding them. */
  readonly askBeforeStrangers: boolean;
  /** Whether others are shown when the user was last seen. */
  readonly showLastSeen: 'everyone' | 'nobody';
  /**
   * Users who may begin to write to the user, and add the user to groups. `contacts`: users who have both
   * written in their conversation, or share a group or workspace.
   */
  readonly acceptMessagesFrom: 'everybody' | 'shared-rooms' | 'contacts';
}

/** @throws {ChatError} `UNAUTHENTICATED`, `UNAVAILABLE`. */
export async function readPrivacy({ http }: HasHttp): Promise<Privacy> {
  // The server documents the answers of these routes.
  return (await http.call('GET', '/api/privacy')) as Privacy;
}

/** Changes what is given. @throws {ChatError} `RATE_LIMITED`, `UNAUTHENTICATED`, `UNAVAILABLE`. */
export async function changePrivacy({ http }: HasHttp, change: Partial<Privacy>): Promise<Privacy> {
  return (await http.call('PUT', '/api/privacy', change)) as Privacy;
}
