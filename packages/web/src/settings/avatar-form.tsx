/** The picture that others see of the user: chosen, cut to a square, or removed. */
import { removeOwnAvatar, setOwnAvatar } from '@parley/client';
import { useChat } from '../chat-context.ts';
import { Avatar } from '../people/avatar.tsx';
import { useAvatarUrl, useShownName } from '../people/use-shown-name.ts';
import { PictureForm } from '../pictures/picture-form.tsx';
import { avatarStrings as texts } from '../strings/avatar.ts';

export function AvatarForm() {
  const { client, user } = useChat();
  const name = useShownName(user.id, user.username);
  const hasPicture = useAvatarUrl(user.id) !== undefined;
  return (
    <PictureForm
      {...{ texts, hasPicture }}
      onSave={async (picture) => void (await setOwnAvatar(client, picture))}
      onRemove={async () => void (await removeOwnAvatar(client))}
    >
      <Avatar userId={user.id} name={name} size="huge" />
    </PictureForm>
  );
}
