/** Texts of the sheet of shortcuts, outside of the first load. */
export const shortcutStrings = {
  title: 'Keyboard shortcuts',
  close: 'Close shortcuts',
  list: [
    ['Ctrl K, ⌘ K', 'Jump to a room, a person or a command'],
    ['Ctrl F, ⌘ F', 'Search the conversation'],
    ['Alt ↑, Alt ↓', 'Previous or next conversation'],
    ['Alt Shift ↑, Alt Shift ↓', 'Previous or next unread conversation'],
    ['F6', 'Next region of the page'],
    ['↑, ↓ in the messages', 'Previous or next message'],
    ['E', 'Edit the message'],
    ['R', 'Reply to the message'],
    ['+', 'React to the message'],
    ['P', 'Pin or unpin the message'],
    ['Delete', 'Delete the message'],
    ['↑ in an empty message box', 'Edit your last message'],
    ['Enter', 'Send; Shift Enter starts a new line'],
    ['Escape', 'Close, cancel, or mark the conversation as read'],
    ['?', 'This list'],
  ],
} as const;
