// Walks over the part tree that the verdicts need.
import type { Part } from '../mime.ts'

/** All parts without children that are not inside an enclosed mail, containers with nothing in them included. */
export function leaves(root: Part): readonly Part[] {
  const found: Part[] = []
  const visit = (part: Part): void => {
    if (part.children.length === 0 || part.type === 'message/rfc822' || part.type === 'message/global') found.push(part)
    else for (const child of part.children) visit(child)
  }
  visit(root)
  return found
}
