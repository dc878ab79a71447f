/** Turns desktop notifications and their sound on and off; the browser asks for its permission. */

import { useState } from 'react';
import {
  areNotificationsOn,
  isSoundOn,
  storeNotifications,
  storeSound,
} from '../notifications/notification-choice.ts';
import { settingsStrings } from '../strings/settings.ts';
import classes from './settings-dialog.module.css';

/** Some browsers have notifications only for installed pages. */
async function requestPermission(): Promise<boolean> {
  return 'Notification' in window && (await Notification.requestPermission()) === 'granted';
}

export function NotificationSettings() {
  const [isOn, setIsOn] = useState(areNotificationsOn);
  const [hasSound, setHasSound] = useState(isSoundOn);
  const [isDenied, setIsDenied] = useState(false);
  const change = async (wanted: boolean): Promise<void> => {
    const isAllowed = !wanted || (await requestPermission());
    setIsDenied(!isAllowed);
    storeNotifications(wanted && isAllowed);
    setIsOn(wanted && isAllowed);
  };
  return (
    <>
      <label className={classes['choice']}>
        <input
          type="checkbox"
          checked={isOn}
          onChange={(event) => void change(event.target.checked)}
        />
        {settingsStrings.notify}
      </label>
      <label className={classes['choice']}>
        <input
          type="checkbox"
          checked={hasSound}
          onChange={({ target }) => {
            storeSound(target.checked);
            setHasSound(target.checked);
          }}
        />
        {settingsStrings.sound}
      </label>
      {isDenied && (
        <p className={classes['problem']} role="alert">
          {settingsStrings.notifyDenied}
        </p>
      )}
    </>
  );
}
