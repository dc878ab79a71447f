/** Avatars of the first users; decoration beside their number. */

import { Avatar } from './avatar.tsx';
import classes from './faces.module.css';
import { useShownNames } from './use-shown-name.ts';

const FACES_MAX = 3;

interface Face {
  readonly userId: string;
  readonly username: string;
}

interface FacesProps {
  readonly users: Iterable<Face>;
}

export function Faces({ users }: FacesProps) {
  // A large room is not copied.
  const shown: Face[] = [];
  for (const user of users) if (shown.push(user) === FACES_MAX) break;
  const names = useShownNames(shown);
  return (
    <span className={classes['faces']}>
      {shown.map(({ userId, username }, index) => (
        <Avatar key={userId} userId={userId} name={names[index] ?? username} size="small" />
      ))}
    </span>
  );
}
