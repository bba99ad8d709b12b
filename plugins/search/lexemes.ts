// The form in which words stand in the index, the same on both databases.

/** Characters of one text that are indexed. */
export const longestText = 200_000

/** The index knows no fields: a word of a field stands in it with the letter of its field, one of the body as it is. */
export const letterOf = { subject: 's/', author: 'a/', people: 'p/', files: 'f/', body: '' } as const
