/** The page behind an address, for those who see the address in a message. */
import type { UserId } from '@parley/protocol';

export interface LinkPreview {
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly siteName: string | undefined;
  readonly picture: PreviewPicture | undefined;
}

interface PreviewPicture {
  readonly fileId: string;
  readonly width: number;
  readonly height: number;
}

/** An address that is to be fetched, and the user for whom. */
export interface WantedPreview {
  readonly urlDigest: string;
  readonly url: string;
  readonly userId: UserId;
}

/** An address that was fetched, or is to be, until the entry expires. */
export interface CachedPreview {
  readonly urlDigest: string;
  /** It is being fetched, or waits for a process that does. */
  readonly isAwaited: boolean;
  /** Undefined: there is none, or not yet. */
  readonly preview: LinkPreview | undefined;
}

/** A preview as it stands in a message. */
export interface ShownPreview extends LinkPreview {
  /** As the message has it. */
  readonly url: string;
}
