/** The picture of a room, or its sign; decoration next to the name. */
import { useState } from 'react';
import { Icon, type IconName } from '../components/icon.tsx';

interface RoomIconProps {
  readonly url: string | null | undefined;
  /** Side in pixels. */
  readonly side?: number;
  readonly sign: IconName;
}

export function RoomIcon({ url, side = 18, sign }: RoomIconProps) {
  const [failedUrl, setFailedUrl] = useState<string>();
  if (!url || url === failedUrl) return <Icon name={sign} />;
  return (
    <img
      src={`${url}/thumbnail`}
      alt=""
      width={side}
      height={side}
      style={{ borderRadius: '25%' }}
      onError={() => setFailedUrl(url)}
    />
  );
}
