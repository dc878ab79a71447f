/** Notifications and sounds of this browser: the user's choices and the browser's permission. */

const NOTIFICATIONS_KEY = 'parley.notifications';
const SOUND_KEY = 'parley.sound';

export function areNotificationsOn(): boolean {
  return isOn(NOTIFICATIONS_KEY) && 'Notification' in window && isGranted();
}

export function storeNotifications(isChosen: boolean): void {
  store(NOTIFICATIONS_KEY, isChosen);
}

export function isSoundOn(): boolean {
  return isOn(SOUND_KEY);
}

export function storeSound(isChosen: boolean): void {
  store(SOUND_KEY, isChosen);
}

function isGranted(): boolean {
  return Notification.permission === 'granted';
}

function isOn(key: string): boolean {
  try {
    return localStorage.getItem(key) === 'on';
  } catch {
    // Storage is forbidden.
    return false;
  }
}

function store(key: string, isChosen: boolean): void {
  try {
    localStorage.setItem(key, isChosen ? 'on' : 'off');
  } catch {
    // Storage is forbidden: the choice stays off.
  }
}
