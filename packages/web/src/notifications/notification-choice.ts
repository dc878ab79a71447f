/** Whether this browser shows desktop notifications: the user's choice and its permission. */

const STORAGE_KEY = 'parley.notifications';

export function areNotificationsOn(): boolean {
  try {
    const isChosen = localStorage.getItem(STORAGE_KEY) === 'on';
    return isChosen && 'Notification' in window && Notification.permission === 'granted';
  } catch {
    // Storage is forbidden.
    return false;
  }
}

export function storeNotifications(isOn: boolean): void {
  try {
    localStorage.setItem(STORAGE_KEY, isOn ? 'on' : 'off');
  } catch {
    // Storage is forbidden: notifications stay off.
  }
}
