/** Texts of the palette, outside of the first load. */
export const paletteStrings = {
  title: 'Jump to',
  label: 'Jump to a room, a person, a message or a command',
  people: { title: 'New message', label: 'To: name of a person' },
  none: 'Nothing found.',
  commands: {
    settings: 'Settings',
    help: 'Keyboard shortcuts',
    activity: 'Activity',
    drafts: 'Drafts',
    mark_all_read: 'Mark all as read',
    create_room: 'Find or create a room',
    create_group: 'New group',
    create_workspace: 'New workspace',
    log_out: 'Log out of this browser',
  },
} as const;
