/** Why a room is closed to the user; of a ban, until when and why, as moderators wrote it. */
import { ChatError, type ClosedRoom, readRoomSettings } from '@parley/client';
import { useEffect, useState } from 'react';
import { useChat } from '../chat-context.ts';
import { absoluteTime } from '../format-time.ts';
import { readOnlyStrings as texts } from '../strings/read-only.ts';

interface ClosedTextProps {
  readonly room: ClosedRoom;
}

export default function ClosedText({ room: { id, reason } }: ClosedTextProps) {
  const { client } = useChat();
  const [ban, setBan] = useState<string>();
  useEffect(() => {
    setBan(undefined);
    if (reason !== 'FORBIDDEN' && reason !== 'LEFT') return;
    let isOver = false;
    readRoomSettings(client, id).catch((error: unknown) => {
      const text = textOf(ChatError.from(error));
      if (!isOver) setBan(text);
    });
    return () => {
      isOver = true;
    };
  }, [client, id, reason]);
  return <bdi>{ban ?? texts.closed(reason)}</bdi>;
}

function textOf({ details: { bannedUntil, reason = '' } }: ChatError): string | undefined {
  if (bannedUntil === undefined && reason === '') return undefined;
  return texts.banned(bannedUntil && absoluteTime(Date.parse(bannedUntil)), reason);
}
