/** Schema of the levels of notification, in frames and in HTTP bodies. */
import Type from 'typebox';

export const NotificationLevel = Type.Union([
  Type.Literal('all'),
  Type.Literal('mentions'),
  Type.Literal('nothing'),
]);
