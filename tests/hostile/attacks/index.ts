/** All attacks, family by family. */
import type { Attack } from '../attack.ts';
import { ACCOUNT_ATTACKS } from './accounts.ts';
import { CONNECTION_ATTACKS } from './connections.ts';
import { CREATION_ATTACKS } from './creations.ts';
import { ENGINE_ATTACKS } from './engines.ts';
import { FILE_ATTACKS } from './files.ts';
import { IDLE_ATTACKS } from './idle.ts';
import { MEMBER_ATTACKS } from './members.ts';
import { MODERATION_ATTACKS } from './moderation.ts';
import { PACKET_ATTACKS } from './packets.ts';
import { PAYLOAD_ATTACKS } from './payloads.ts';
import { PREVIEW_ATTACKS } from './previews.ts';
import { READ_ATTACKS } from './reads.ts';
import { REQUEST_ATTACKS } from './requests.ts';
import { RULE_ATTACKS } from './rules.ts';
import { SEARCH_ATTACKS } from './searches.ts';
import { SIGN_IN_ATTACKS } from './sign-in.ts';
import { STREAM_ATTACKS } from './streams.ts';
import { TEXT_ATTACKS } from './text.ts';

export const ATTACKS: readonly Attack[] = [
  ...PACKET_ATTACKS,
  ...IDLE_ATTACKS,
  ...PAYLOAD_ATTACKS,
  ...TEXT_ATTACKS,
  ...CONNECTION_ATTACKS,
  ...ACCOUNT_ATTACKS,
  ...CREATION_ATTACKS,
  ...READ_ATTACKS,
  ...SEARCH_ATTACKS,
  ...REQUEST_ATTACKS,
  ...MEMBER_ATTACKS,
  ...RULE_ATTACKS,
  ...MODERATION_ATTACKS,
  ...SIGN_IN_ATTACKS,
  ...STREAM_ATTACKS,
  ...PREVIEW_ATTACKS,
  ...FILE_ATTACKS,
  ...ENGINE_ATTACKS,
];
