/** Texts of the tabs of a phone. */
export const tabStrings = Object.freeze({
  title: 'Sections',
  home: 'Home',
  people: 'People',
  search: 'Search',
  you: 'You',
});
